package tmt

import "strings"

// surroundings are the signs by which package reproduce knows that a container
// may have made a test fail, for the wrapper to look for; a test keeps the two
// the same.
func surroundings() [][]string {
	return [][]string{
		{"name-resolution", "could not resolve host", "could not resolve proxy", "bad hostname '", "couldn't resolve host", "temporary failure in name resolution", "name or service not known", "no address associated with hostname", "failed to resolve host", "failed to resolve '", "failed to resolve address", "unable to resolve host", "unknown host", "unknownhostexception", "cannot resolve hostname", "no such host", "no servers could be reached", "eai_again", "getaddrinfo enotfound", "host not found", "127.0.0.1:53:", "[::1]:53:"},
		{"network", "network is unreachable", "network unreachable", "no route to host", "network is down", "couldn't connect to server", "could not connect to server", "enetunreach"},
		{"systemd", "system has not been booted with systemd", "not booted with systemd", "running in chroot, ignoring", "no journal files were found", "firewalld is not running", "networkmanager is not running"},
		{"bus", "failed to connect to bus", "failed to get d-bus connection", "failed to connect to system bus", "failed to connect to socket /run/dbus", "failed to connect to socket /var/run/dbus", "could not connect to d-bus", "cannot autolaunch d-bus", "unable to connect to system bus", "failed to connect to system scope bus", "failed to connect to user scope bus", "failed to connect to user bus", "failed to create bus connection", "could not connect: no such file or directory", "could not connect to system bus"},
		{"permission", "operation not permitted", "no new privileges", "failed mount system call", ": permission denied.", "(you must be root)", "lacking privilege", "access to performance monitoring"},
		{"terminal", "inappropriate ioctl for device", "not a tty", "stdin is not a terminal", "input is not a terminal", "terminal is not fully functional", "/dev/tty: no such device", "no such device or address: '/dev/tty'", "error opening terminal", "no value for $term", "term environment variable not set"},
		{"display", "cannot open display", "can't open display", "could not open display", "unable to open display", "failed to open display", "could not connect to display", "cannot connect to x server", "no display name and no $display"},
		{"device", "modprobe: fatal: module", "could not access kvm kernel module", "cannot find an unused loop device", "failed to set up loop device", "failed to setup loop device", "fuse: device not found", "/dev/fuse: no such", "/dev/kvm: no such", "/dev/net/tun: no such", "cannot access the hardware clock", "selinux is disabled"},
		{"read-only", "read-only file system"},
		{"space", "no space left on device", "disk quota exceeded", "file size limit exceeded", "file too large"},
		{"memory", "cannot allocate memory", "out of memory", "std::bad_alloc", "memory exhausted", "memoryerror"},
		{"resource", "resource temporarily unavailable", "fork: retry"},
		{"cpu-level", "cpu does not support x86-64-v", "cpu isa level is lower than required"},
	}
}

// signs is the file that the wrapper reads: a name and a sign a line.
func signs() []byte {
	var b strings.Builder
	for _, s := range surroundings() {
		for _, sign := range s[1:] {
			b.WriteString(s[0] + "\t" + sign + "\n")
		}
	}
	return []byte(b.String())
}
