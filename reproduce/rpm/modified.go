package rpm

import "strings"

// modifiedTable lists the source packages that AlmaLinux modifies: name,
// releases (8, 9, 10, k for Kitten 10), and what for. The facts are those of
// the wiki page development/Modified-packages as of 2026-08-18, which
// AlmaLinux makes from its autopatch repositories. Not every modified package
// carries .alma in its release (the kernel does not), hence the list.
const modifiedTable = `
abrt 8 debranding
anaconda 8,9,10,k Btrfs
anaconda-user-help 8,9 debranding
binutils 10,k RISC-V, i686
bluez 8 debranding
bootc 10,k RISC-V
clang k x86_64_v2
cloud-init 8,9,k AlmaLinux support
clufter 8 a patch of its own
composefs 10,k i686
crash 8,9,10,k debranding
criu 10,k RISC-V
crypto-policies 10,k i686
dnf 8,9,10,k x86_64_v2, bug tracker
dogtag-pki 10,k AlmaLinux support
ecj 10,k i686
edk2 10,k x86_64_v2
efi-rpm-macros 10,k RISC-V, x86_64_v2
elfutils 8,9 debuginfod off
fftw 10,k i686
firefox 8,9 AlmaLinux support
firewalld 8 AlmaLinux support
fuse-sshfs 8 a patch of its own
fwupd 8,9 secure boot certificate
fwupd-efi 10,k secure boot certificate
fwupdate 8 debranding
gcc 8,9,10,k x86_64_v2, i686
gcc-toolset-15-gcc 10,k RISC-V, x86_64_v2
gcc-toolset-16-binutils k RISC-V
gcc-toolset-16-gcc k RISC-V, x86_64_v2
glibc 9,10,k x86_64_v2, a patch of its own
gnome-initial-setup 10,k AlmaLinux support
gnome-session 10 no subscription manager
gnome-settings-daemon 8,10,k no subscription manager
gnome-shell 10,k debranding
gnome-shell-extension-background-logo 10,k debranding
gnome-tour 10,k AlmaLinux support
golang 10,k RISC-V, x86_64_v2
golang-github-cpuguy83-go-md2man 8 a patch of its own
gpgme 10,k x86_64_v2
grub2 8,9,10,k RISC-V, Btrfs
grubby 10,k Btrfs
guestfs-tools 9,10,k ppc64le
hplip 8,9 AlmaLinux support
initial-setup 8,9 debranding
ipa-healthcheck 10,k i686
ipxe 10,k x86_64_v2
java-1.8.0-openjdk 8,9 portable JDK builds
java-11-openjdk 8 a patch of its own
java-17-openjdk 8,9,10,k portable JDK builds
java-21-openjdk 8,9,10,k RISC-V, portable JDK builds
java-25-openjdk 9,10,k portable JDK builds
jitterentropy k RISC-V
kernel 8,9,10,k Btrfs, ppc64le
kernel-rt 8 PCI ids, secure boot certificate
kexec-tools k RISC-V
libblockdev 10,k Btrfs
libcap-ng k RISC-V, i686
libdnf 8,9,10,k x86_64_v2, bug tracker
libguestfs 9,10,k ppc64le
libreoffice 8,9 debranding
libreport 8,9 bug tracker
libsolv 10,k x86_64_v2
libstoragemgmt 10,k i686
libvirt 9,10,k ppc64le
llvm 10,k RISC-V, x86_64_v2
lorax 10,k RISC-V, x86_64_v2
lorax-templates-rhel 9,10,k RISC-V, x86_64_v2
ltrace 10,k RISC-V
mariadb10.11 10,k RISC-V
mariadb11.8 10,k RISC-V
mdadm 9 a patch of its own
mesa 8,9,10,k AlmaLinux support
mesa-compat 10,k RISC-V
meson 10,k RISC-V
mock 9,10 a patch of its own
mokutil 10,k RISC-V
mongo-tools 8 a patch of its own
mysql8.4 10,k RISC-V
nginx 9 debranding
opa-ff 8,9 debranding
opa-fm 8,9 AlmaLinux detection
opencryptoki k i686
openscap 8,9,10,k AlmaLinux support
openssh 9,10,k a patch of its own
openssl 10,k x86_64_v2
osbuild 8,9,10,k AlmaLinux support
osbuild-composer 8,9,10,k x86_64_v2
osinfo-db 8,9,10,k AlmaLinux support
papi k RISC-V
pcs 8,10,k RISC-V, debranding
perl-AnyEvent 8 a patch of its own
pesign 10,k x86_64_v2
plymouth 9,10,k AlmaLinux support
podman 10,k Btrfs
pykickstart 10,k Btrfs
python-blivet 10,k Btrfs
python-greenlet 10,k RISC-V
python-productmd 10,k RISC-V, x86_64_v2
python-rpmautospec 10,k AlmaLinux support
python3 8 AlmaLinux detection
qemu-kvm 9,10,k SPICE, ppc64le
qt6-qtbase 10,k i686
qt6-qtquick3d 10,k i686
qt6-qttranslations 10,k a patch of its own
redhat-rpm-config 8,9,10,k AlmaLinux detection
resource-agents 8,9 AlmaLinux detection
rpm 10,k x86_64_v2
rpm-ostree 8 a patch of its own
rust 10,k x86_64_v2
s390utils 8 AlmaLinux detection
scap-security-guide 8,9,10,k AlmaLinux support
seabios 9,10,k ppc64le
shim 8,9,10,k secure boot certificate
shim-unsigned-aarch64 9 secure boot certificate
shim-unsigned-x64 8,9 secure boot certificate
snapm 10,k i686
sos 8,9 AlmaLinux detection
stalld k RISC-V
star 10,k x86_64_v2
stratisd 10,k RISC-V
subscription-manager 8,9,10,k debranding
supermin 9,10,k ppc64le
syslinux 10,k x86_64_v2
systemd 9,10,k debranding
texlive 10,k i686
thunderbird 8,9,10,k AlmaLinux support
tomcat 10,k i686
tomcat9 10,k i686
tzdata 10,k i686
udisks2 10,k Btrfs, i686
vdo 10,k RISC-V, i686
virt-firmware-rs 10,k RISC-V
virt-manager 8 AlmaLinux support
virt-top 9,10,k SPICE, ppc64le
virt-viewer 10,k SPICE
virtiofsd 9,10,k ppc64le
`

// ModifiedByAlma tells whether a source package is on the shipped list of
// those that AlmaLinux modifies, and what for. release is "8", "9", "10" or
// "kitten10".
func ModifiedByAlma(release, source string) (note string, ok bool) {
	if release == "kitten10" {
		release = "k"
	}
	for line := range strings.Lines(modifiedTable) {
		fields := strings.SplitN(strings.TrimSpace(line), " ", 3)
		if len(fields) < 3 || fields[0] != source {
			continue
		}
		for of := range strings.SplitSeq(fields[1], ",") {
			if of == release {
				return fields[2], true
			}
		}
	}
	return "", false
}

// Deliberate names what AlmaLinux does differently on purpose in a source
// package (facts.md 4.6), so that a difference need not be a bug.
func Deliberate(release, source string) (string, bool) {
	ten := release == "10" || release == "kitten10"
	switch source {
	case "kernel", "kernel-rt":
		return "the kernel brings back removed PCI ids" + map[bool]string{true: ", frame pointers and Btrfs", false: ""}[ten], true
	case "firefox", "thunderbird":
		if ten {
			return "AlmaLinux 10 has Firefox and Thunderbird as RPMs", true
		}
	case "btrfs-progs", "udisks2", "libblockdev", "python-blivet", "pykickstart", "podman":
		if ten {
			return "Btrfs is supported on AlmaLinux 10", true
		}
	case "spice", "spice-gtk", "spice-server", "virt-viewer":
		if ten {
			return "SPICE is enabled on AlmaLinux", true
		}
	case "qemu-kvm":
		return "KVM on ppc64le" + map[bool]string{true: " and SPICE are", false: " is"}[ten] + " enabled on AlmaLinux", true
	case "libvirt", "libguestfs", "guestfs-tools", "supermin", "virtiofsd", "seabios", "virt-top":
		return "KVM on ppc64le is enabled on AlmaLinux", true
	case "subscription-manager":
		return "the subscription-manager plugin is removed on AlmaLinux", true
	case "almalinux-release", "almalinux-repos":
		return "AlmaLinux's own release files: CRB is on by default in 10, bug URLs and branding differ", true
	}
	if note, ok := ModifiedByAlma(release, source); ok && strings.Contains(note, "debranding") {
		return "branding and bug URLs are AlmaLinux's", true
	}
	return "", false
}
