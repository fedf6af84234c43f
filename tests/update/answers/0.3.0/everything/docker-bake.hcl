# docker buildx bake                              builds the image
# SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) docker buildx bake
#                                                 builds the same image from the same commit, file times included; where
#                                                 the engine has containerd's image store, by a builder of its own:
#                                                 docker buildx create --use
# docker buildx bake lock                         updates requirements.txt
# UPGRADE="$(date)" docker buildx bake lock       upgrades it to the newest versions

variable "TAG" {
  default = "my-service:latest"
}

# For example linux/amd64,linux/arm64; if empty, the builder's own platform
variable "PLATFORMS" {
  default = ""
}

variable "SOURCE_DATE_EPOCH" {
  default = null
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
  # Fails where it is set and no commit's date in seconds: empty, say, where git finds no commit
  output    = compact([SOURCE_DATE_EPOCH == null ? "" : "type=image,rewrite-timestamp=true,unpack=false,source-date-epoch=${regex("^[1-9][0-9]{8,9}$", SOURCE_DATE_EPOCH)}"])
}
