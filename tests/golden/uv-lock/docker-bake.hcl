# docker buildx bake          the image

variable "TAG" {
  default = "my-service:latest"
}

# As in PLATFORMS=linux/amd64,linux/arm64; the builder's own where it is empty
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
