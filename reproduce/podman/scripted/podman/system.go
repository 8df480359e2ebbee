package main

import (
	"fmt"
	"strings"
)

// system is a distribution in an image.
type system struct {
	Kind  string // alma, kitten, stream, ubi
	Major string
}

// systems are those of the built-in targets.
func systems() (list []system) {
	for _, major := range []string{"8", "9", "10"} {
		for _, kind := range []string{"alma", "stream", "ubi"} {
			list = append(list, system{kind, major})
		}
	}
	return append(list, system{"kitten", "10"})
}

// image is how the names of its image end.
func (s system) image() string {
	switch s.Kind {
	case "alma":
		return "/almalinux:" + s.Major
	case "kitten":
		return "/almalinux:" + s.Major + "-kitten"
	case "stream":
		return "/centos:stream" + s.Major
	}
	return "/ubi" + s.Major + "/ubi:latest"
}

// release is /etc/os-release.
func (s system) release() []string {
	name, id, version := "AlmaLinux", "almalinux", s.Major+".6"
	switch s.Kind {
	case "kitten":
		name, version = "AlmaLinux Kitten", s.Major
	case "stream":
		name, id, version = "CentOS Stream", "centos", s.Major
	case "ubi":
		name, id = "Red Hat Enterprise Linux", "rhel"
	}
	return []string{fmt.Sprintf("NAME=%q", name), fmt.Sprintf("ID=%q", id), fmt.Sprintf("VERSION_ID=%q", version), fmt.Sprintf("PRETTY_NAME=%q", name+" "+version)}
}

// pkg is an installed package.
type pkg struct{ name, version, release, vendor string }

// query is what rpm says of it (rpm.QueryFormat).
func (p pkg) query() []string {
	source := fmt.Sprintf("%s-%s-%s.src.rpm", p.name, p.version, p.release)
	return []string{
		strings.Join([]string{"P", p.name, "(none)", p.version, p.release, "x86_64", source, p.vendor, "(none)"}, "\t"),
		"R\tlibc.so.6()(64bit)", "R\trpmlib(CompressedFileNames)", "R\t/bin/sh",
		"V\t" + p.name, "V\t" + p.name + "(x86-64)", "V\tlib" + p.name + ".so.1()(64bit)",
	}
}

// basics are packages that every image has.
const basics = `acl alternatives audit-libs basesystem bash brotli bzip2-libs ca-certificates centos-gpg-keys coreutils cracklib
 crypto-policies curl cyrus-sasl-lib dbus dbus-broker dbus-common dnf dnf-data elfutils-libelf expat file-libs filesystem findutils
 gawk gdbm-libs glib2 glibc glibc-common gmp gnupg2 gnutls gobject-introspection gpgme grep gzip ima-evm-utils json-c json-glib
 keyutils-libs kmod-libs krb5-libs libacl libarchive libassuan libattr libblkid libcap libcap-ng libcom_err libcomps libcurl
 libdnf libeconf libevent libfdisk libffi libgcc libgcrypt libgomp libgpg-error libidn2 libksba libmodulemd libmount libnghttp2
 libpeas libpsl libpwquality librepo librhsm libselinux libsemanage libsepol libsigsegv libsmartcols libsolv libstdc++ libtasn1
 libunistring libusbx libuser libutempter libuuid libverto libxcrypt libxml2 libyaml lua-libs lz4-libs mpfr ncurses-base
 ncurses-libs nettle npth openldap openssl openssl-libs p11-kit pam passwd pcre pcre2 popt python3 python3-dnf python3-gpg
 python3-libcomps python3-libdnf python3-libs python3-rpm readline rootfiles rpm rpm-build-libs rpm-libs sed setup shadow-utils
 sqlite-libs systemd systemd-libs systemd-pam systemd-rpm-macros tar tpm2-tss tzdata usermode util-linux vim-minimal xz xz-libs
 yum zlib`

// packages are what an image has, with what was installed in it.
func (s system) packages(installed []string) (list []pkg) {
	for i, name := range strings.Fields(basics) {
		p := pkg{name: name, version: fmt.Sprintf("%d.%d", 1+i%5, i%17), release: fmt.Sprintf("%d.el%s", 2+i%7, s.Major), vendor: s.vendor()}
		if i%20 == 7 && s.Kind != "stream" {
			p.release = fmt.Sprintf("%d.el%s_6", 1+i%7, s.Major) // CentOS Stream is ahead
		}
		list = append(list, p)
	}
	for _, name := range installed {
		if p, ok := s.offers(name); ok {
			list = append(list, p)
		}
	}
	return list
}

func (s system) vendor() string {
	return map[string]string{"alma": "AlmaLinux", "kitten": "AlmaLinux", "stream": "CentOS", "ubi": "Red Hat, Inc."}[s.Kind]
}

// offers finds a package to install.
func (s system) offers(name string) (p pkg, ok bool) {
	p = pkg{name: name, vendor: s.vendor()}
	switch name {
	case "gizmo":
		p.version, p.release = "1.0.3", "2.el"+s.Major
	case "widget":
		p.version, p.release = "3.2.0", "4.el"+s.Major
		if s.Kind == "stream" {
			p.release = "6.el" + s.Major
		}
	case "frobnicate":
		p.version, p.release = "2.4.1", "7.el"+s.Major
		if s.Kind == "alma" || s.Kind == "kitten" {
			p.release += ".alma.1"
		}
	default:
		return p, false
	}
	return p, true
}
