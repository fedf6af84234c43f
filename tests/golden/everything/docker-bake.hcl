# docker buildx bake                              builds the image
# docker buildx bake lock                         updates requirements.txt
# UPGRADE="$(date)" docker buildx bake lock       upgrades it to the newest versions

variable "TAG" {
  default = "my-service:latest"
}

# For example linux/amd64,linux/arm64; if empty, the builder's own platform
variable "PLATFORMS" {
  default = ""
}

variable "UPGRADE" {
  default = ""
}

group "default" {
  targets = ["image"]
}

target "lock" {
  target = "lock"
  args   = { UPGRADE = UPGRADE }
  output = ["."]
}

target "image" {
  target    = "runtime"
  tags      = [TAG]
  platforms = compact(split(",", PLATFORMS))
}
