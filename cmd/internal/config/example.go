package config

// Example is the file that `config init` writes: each key with its default and
// a word on it, commented out, so that it changes nothing until it is edited.
func (Config) Example() string { return example }

const example = `# Configuration of almatriage. Every key is optional. A key that is commented
# out shows its default: take the # away to change it.

# Where reports come from. Any [[tracker]] replaces this whole list.
#[[tracker]]
#name = "almbz"                      # the part of a report id before the #
#kind = "mantis"                     # mantis or github
#url = "https://bugs.almalinux.org"
# projects = ["AlmaLinux-9"]         # mantis; default: all that can be seen

#[[tracker]]
#name = "github"
#kind = "github"
#url = "https://api.github.com"
#repos = [
#  "AlmaLinux/container-images", "AlmaLinux/cloud-images", "AlmaLinux/bootc-images",
#  "AlmaLinux/wsl-images", "AlmaLinux/raspberry-pi", "AlmaLinux/sig-livemedia",
#  "AlmaLinux/almalinux-deploy", "AlmaLinux/leapp-repository", "AlmaLinux/leapp-data",
#  "AlmaLinux/atomic-desktop", "AlmaLinux/atomic-workstation", "AlmaLinux/atomic-ci",
#  "AlmaLinux/build-system", "AlmaLinux/errata_index", "AlmaLinux/wiki", "AlmaLinux/almalinux.org",
#]

# Tokens are optional. They are looked for in $ALMATRIAGE_NAME_TOKEN (for these
# two: $ALMATRIAGE_ALMBZ_TOKEN, $ALMATRIAGE_GITHUB_TOKEN), then in what one of
# these keys of a [[tracker]] names, then for GitHub in $GH_TOKEN, $GITHUB_TOKEN.
# token_command = "secret-tool lookup service almatriage"   # no shell; its first line of output
# token_file = "~/.config/almatriage/almbz-token"           # mode 0600

# The images to compare. A [target.NAME] changes a built-in target (alma8,
# alma9, alma10, kitten10, stream8, stream9, stream10, ubi8, ubi9, ubi10) or
# adds one.
[target.alma9]
#image = "quay.io/almalinuxorg/almalinux:9"
#distribution = "almalinux"          # almalinux, almalinux-kitten, centos-stream or ubi
#release = "9"                       # the major release
#ended = 2032-05-31                  # from when there are no more updates
# setup = "…"                        # shell script, run once with network in the image

[engine]
#kind = "podman"                     # podman, or kubernetes (docs/kubernetes.md)
#podman = "podman"                   # command or path
#global_args = []                    # before "run"
#run_args = []                       # after "run"
#pull = "missing"                    # missing, newer, always or never
#timeout = "5m"                      # of one attempt, where the recipe gives none
#budget = "15m"                      # of one run
#disk = "4g"                         # limits of one container
#memory = "2g"
#cpus = 2.0
#pids = 512
#jobs = 0                            # containers at once; 0: by cores and memory
#prepared_for = "24h"                # how long a prepared image is used
#local = true                        # this computer takes runs, too, beside workers

# Other computers' podman (docs/workers.md), by the names of podman's connections.
# [[engine.worker]]
# name = "builder"
# slots = 4                          # containers at once; default: 2

[engine.kubernetes]
#kubectl = "kubectl"
# context = "lab"                    # of kubectl's configuration; default: its current one
# namespace = "triage"
# prepared = "registry.example.org/alma/triage"
# probe = "10.0.0.10:53"

[sync]
#every = "auto"                      # a time such as "30m"; auto: 60m, with a token 10m

[user]
#name = ""                           # who signs decisions; default: the login name
#email = ""                          # in changelog entries that almatriage patch writes

[ui]
#theme = "auto"                      # auto, light, dark or none
#mouse = false

# Queues of your own, as further tabs of the Inbox.
# [[queue]]
# name = "bash, open"
# query = "package:bash status:open"

# Other keys: the help (?) shows the actions' names.
# [keys]
# inbox.run = ["r", "f5"]
# inbox.copy = "c"
`
