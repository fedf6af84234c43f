# docker buildx bake                              builds the image

variable "TAG" {
  default = "my-service:latest"
}

# For example linux/amd64,linux/arm64; if empty, the builder's own platform
variable "PLATFORMS" {
  default = ""
}

group "default" {
  targets = ["image"]
}

target "image" {
  target    = "runtime"
  tags      = [TAG]
  platforms = compact(split(",", PLATFORMS))
}
