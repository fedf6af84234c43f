# docker buildx bake          the image
# docker buildx bake lock     requirements.txt; UPGRADE="$(date)" docker buildx bake lock takes the newest versions

variable "TAG" {
  default = "my-service:latest"
}

# As in PLATFORMS=linux/amd64,linux/arm64; the builder's own where it is empty
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
