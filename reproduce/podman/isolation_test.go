package podman_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
)

// breakOut tries from inside what docs/isolation.md promises that a test cannot
// do, and prints a name and what came of it on each line. Everything is tried
// as root, which a test is.
const breakOut = `
try() { local name=$1; shift; if "$@" >/dev/null 2>&1; then echo "$name done"; else echo "$name refused"; fi; }
write() { try "$1" bash -c 'echo "$2" >"$1"' - "$2" "$3"; }
status() { sed -n "s/^$1:[[:space:]]*//p" /proc/self/status; }

echo "interfaces $(ls /sys/class/net | tr '\n' ' ')"
echo "routes $(sed 1d /proc/net/route | wc -l)"
for address in $HOSTS; do try "connect" timeout 2 bash -c "exec 3<>/dev/tcp/${address%:*}/${address##*:}"; done
try dns timeout 3 getent hosts almalinux.org

echo "CapEff $(status CapEff)"
echo "CapBnd $(status CapBnd)"
echo "CapAmb $(status CapAmb)"
echo "NoNewPrivs $(status NoNewPrivs)"
echo "setuid $(python3 setuid.py)"
try mount mount -t tmpfs none /mnt
try "mount over proc" mount -t proc proc /mnt

write sysctl /proc/sys/kernel/core_pattern "$(cat /proc/sys/kernel/core_pattern)"
write sethostname /proc/sys/kernel/hostname other
write sysrq /proc/sysrq-trigger h
for limit in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max; do
	[ -e $limit ] && write limit $limit 1000000000
done
for folder in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/memory/cgroup.procs; do
	[ -e $folder ] && try "cgroup folder" mkdir ${folder%/*}/escape
done
write "job" /almatriage/job/test.sh true
try "job folder" touch /almatriage/job/files/new
try "job again writable" mount -o remount,rw /almatriage/job
echo "job is $(cat /almatriage/job/files/setuid.py | wc -l)"

cp /bin/true /almatriage/out/true; chmod 4755 /almatriage/out/true
try "run from out" /almatriage/out/true
rm -f /almatriage/out/null; mknod /almatriage/out/null c 1 3 2>/dev/null
try "device in out" bash -c 'echo >/almatriage/out/null && test -c /almatriage/out/null'

for device in /dev/sda /dev/vda /dev/nvme0n1 /dev/mem /dev/kmsg /dev/kvm /dev/fuse /dev/loop-control /dev/net/tun; do
	[ -e $device ] && echo "device $device"
done
mknod /var/tmp/disk b 8 0 2>/dev/null; try "own disk" head -c 1 /var/tmp/disk
mknod /var/tmp/kmsg c 1 11 2>/dev/null; try "own kmsg" head -c 1 /var/tmp/kmsg
for socket in /run/podman/podman.sock /var/run/docker.sock /run/docker.sock /run/dbus/system_bus_socket /run/systemd/private; do
	[ -e $socket ] && echo "socket $socket"
done
echo "hostname $(cat /proc/sys/kernel/hostname)"
for ns in net mnt pid ipc uts; do echo "namespace $ns $(readlink /proc/self/ns/$ns)"; done
echo "processes $(cat /proc/[0-9]*/comm | grep -cvE '^(bash|sed|cat|ls|tr|wc|grep)$')"
while read -r line; do echo "mount: $line"; done </proc/self/mountinfo
tr '\0' '\n' </proc/1/environ | while read -r line; do echo "environ: $line"; done
env | while read -r line; do echo "environ: $line"; done
true
`

// gainRoot tries as nobody to become root by a program with the setuid bit.
const gainRoot = `
import os, shutil, subprocess
shutil.copy("/usr/bin/python3", "/var/tmp/root")
os.chmod("/var/tmp", 0o1777)
os.chown("/var/tmp/root", 0, 0)
os.chmod("/var/tmp/root", 0o4755)
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
print(subprocess.run(["/var/tmp/root", "-c", "import os; print(os.geteuid())"], capture_output=True, text=True, cwd="/").stdout.strip())
`

// told is what came of breakOut, by the line's name.
type told map[string][]string

func (t told) one(name string) string { return strings.Join(t[name], "; ") }

// TestIsolation keeps the promises of docs/isolation.md, each a subtest.
func TestIsolation(t *testing.T) {
	e := engine(t)
	canaries := map[string]string{"CANARY_OF_THE_HOST": "canary-1", "GITHUB_TOKEN": "canary-2", "ALMATRIAGE_ALMBZ_TOKEN": "canary-3",
		"HTTPS_PROXY": "http://canary-4.invalid:1", "no_proxy": "canary-5", "SSH_AUTH_SOCK": "/canary-6"}
	for name, value := range canaries {
		t.Setenv(name, value)
	}
	result := attempt(t, e, reproduce.Recipe{Test: breakOut, Environment: map[string]string{"HOSTS": strings.Join(servers(t), " ")},
		Files: []reproduce.File{{Path: "setuid.py", Data: []byte(gainRoot)}}}, nil)
	if result.Facts.End != reproduce.EndExited || result.Facts.Status != 0 {
		t.Fatalf("%+v", result.Facts)
	}
	told := tellings(text(result.Log, reproduce.Stdout))

	t.Run("no network", func(t *testing.T) {
		same(t, "interfaces", told.one("interfaces"), "lo")
		same(t, "routes", told.one("routes"), "0")
		for _, came := range told["connect"] {
			same(t, "connect", came, "refused")
		}
		if len(told["connect"]) < 2 {
			t.Errorf("connections tried: %q", told["connect"])
		}
		same(t, "dns", told.one("dns"), "refused")
	})
	t.Run("no capabilities beyond the default", func(t *testing.T) { capabilities(t, told) })
	t.Run("no new privileges", func(t *testing.T) {
		same(t, "NoNewPrivs", told.one("NoNewPrivs"), "1")
		same(t, "user of a setuid program", told.one("setuid"), "65534")
	})
	t.Run("what is read-only", func(t *testing.T) {
		for _, name := range []string{"mount", "mount over proc", "sysctl", "sethostname", "sysrq", "limit", "cgroup folder", "job", "job folder",
			"job again writable", "run from out", "device in out"} {
			for _, came := range told[name] {
				same(t, name, came, "refused")
			}
			if len(told[name]) == 0 {
				t.Errorf("%s was not tried", name)
			}
		}
		same(t, "lines of the job's file", told.one("job is"), strconv.Itoa(strings.Count(gainRoot, "\n")))
	})
	t.Run("no devices and sockets of the host", func(t *testing.T) {
		same(t, "device", told.one("device"), "")
		same(t, "own disk", told.one("own disk"), "refused")
		same(t, "own kmsg", told.one("own kmsg"), "refused")
		same(t, "socket", told.one("socket"), "")
	})
	t.Run("a name and namespaces of its own", func(t *testing.T) {
		same(t, "hostname", told.one("hostname"), "reproducer")
		for _, line := range told["namespace"] {
			kind, own, _ := strings.Cut(line, " ")
			host, err := os.Readlink("/proc/self/ns/" + kind)
			if err != nil || own == "" || own == host {
				t.Errorf("namespace %s: %q, the host's is %q (%v)", kind, own, host, err)
			}
		}
		if len(told["namespace"]) != 5 {
			t.Errorf("namespaces: %q", told["namespace"])
		}
		same(t, "processes of others", told.one("processes"), "0")
	})
	t.Run("no folders of the host", func(t *testing.T) { mounts(t, told) })
	t.Run("nothing of the environment", func(t *testing.T) {
		if len(told["environ:"]) < 5 {
			t.Fatalf("the environment was not seen: %q", told["environ:"])
		}
		for name, value := range canaries {
			if all := strings.Join(told["environ:"], "\n"); strings.Contains(all, value) || strings.Contains(all, name+"=") {
				t.Errorf("%s is in the container:\n%s", name, all)
			}
		}
	})
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// servers listens on this computer, for a container to try: on the loopback
// address, and on each other one.
func servers(t *testing.T) []string {
	t.Helper()
	server, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	port := server.Addr().(*net.TCPAddr).Port
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	list := []string{fmt.Sprint("169.254.169.254:", 80)} // where clouds keep their secrets
	for _, address := range addresses {
		ip, ok := address.(*net.IPNet)
		if !ok || ip.IP.To4() == nil {
			continue
		}
		one := net.JoinHostPort(ip.IP.String(), strconv.Itoa(port))
		connection, err := net.DialTimeout("tcp", one, 2*time.Second)
		if err != nil {
			t.Fatalf("the server does not even answer here: %v", err)
		}
		if err := connection.Close(); err != nil {
			t.Fatal(err)
		}
		list = append(list, one)
	}
	return list
}

// names are those of breakOut's lines that have spaces in them.
var names = []string{"mount over proc", "cgroup folder", "job folder", "job again writable", "job is", "run from out", "device in out", "own disk", "own kmsg"}

func tellings(output string) told {
	all := told{}
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		name, rest, _ := strings.Cut(line, " ")
		for _, long := range names {
			if after, ok := strings.CutPrefix(line, long+" "); ok {
				name, rest = long, after
			}
		}
		all[name] = append(all[name], strings.TrimSpace(rest))
	}
	return all
}

// podmanCaps are the capabilities that podman gives by default, by their
// numbers: chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap,
// net_bind_service, sys_chroot, setfcap; and three that it gives where no
// containers.conf takes them away: net_raw, mknod, audit_write.
var podmanCaps = []int{0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 31, 13, 27, 29}

func capabilities(t *testing.T, told told) {
	t.Helper()
	var most uint64
	for _, number := range podmanCaps {
		most |= 1 << number
	}
	for _, set := range []string{"CapEff", "CapBnd", "CapAmb"} {
		has, err := strconv.ParseUint(told.one(set), 16, 64)
		if err != nil || has&^most != 0 {
			t.Errorf("%s: %q, of which %x are beyond podman's default (%v)", set, told.one(set), has&^most, err)
		}
	}
}

// mounts of the host in the container are the two folders, and the files that
// podman makes for each container.
func mounts(t *testing.T, told told) {
	t.Helper()
	kinds := map[string]bool{"proc": true, "tmpfs": true, "sysfs": true, "mqueue": true, "devpts": true, "cgroup": true, "cgroup2": true, "overlay": true}
	options := map[string]string{}
	var folders []string
	for _, line := range told["mount:"] {
		before, after, ok := strings.Cut(line, " - ")
		fields := strings.Fields(before)
		if !ok || len(fields) < 6 {
			t.Fatalf("mountinfo: %q", line)
		}
		where := fields[4]
		options[where] = fields[5]
		switch {
		case kinds[strings.Fields(after)[0]] && (fields[3] == "/" || strings.HasPrefix(where, "/proc/") || strings.HasPrefix(where, "/sys/") || strings.HasPrefix(where, "/dev/")),
			where == "/etc/hosts", where == "/etc/resolv.conf", where == "/etc/hostname", where == "/run/.containerenv", where == "/dev/shm":
		default:
			folders = append(folders, where)
		}
	}
	slices.Sort(folders)
	if diff := cmp.Diff([]string{"/almatriage/job", "/almatriage/out"}, slices.Compact(folders)); diff != "" {
		t.Errorf("folders of the host (-want +got):\n%s", diff)
	}
	for where, wants := range map[string][]string{"/almatriage/job": {"ro"}, "/almatriage/out": {"rw", "noexec", "nosuid", "nodev"}, "/proc/sys": {"ro"}, "/sys": {"ro"}} {
		for _, want := range wants {
			if !strings.Contains(","+options[where]+",", ","+want+",") {
				t.Errorf("%s is mounted %q, not %s", where, options[where], want)
			}
		}
	}
}

// TestIsolationLimits: a test that wants more memory, processes, processors or
// file than it may have gets no more.
func TestIsolationLimits(t *testing.T) {
	e := engine(t)
	result := attempt(t, e, reproduce.Recipe{Test: `
first() { for f; do [ -e "$f" ] && { cat "$f"; return; }; done; echo none; }
c=/sys/fs/cgroup
echo "memory $(first $c/memory.max $c/memory/memory.limit_in_bytes)"
echo "swap $(first $c/memory.swap.max $c/memory/memory.memsw.limit_in_bytes)"
echo "cpu $(first $c/cpu.max $c/cpu/cpu.cfs_quota_us)"
echo "pids $(first $c/pids.max $c/pids/pids.max)"
python3 - <<'PY'
import resource
try:
    resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
    print("raised")
except (ValueError, OSError):
    pass
for path in "/var/tmp/file", "/almatriage/out/file":
    with open(path, "wb", buffering=0) as file: # with a hole: it takes no space
        for size in 4, 9:
            try:
                file.seek(size << 20)
                file.write(b"x")
                print("wrote", path, size)
            except OSError:
                print("wrote", path, "not", size)
PY
python3 -c 'x = bytearray(300 << 20); print("allocated all")' 2>/dev/null || true
python3 - <<'PY'
import os, time
made = []
try:
    while len(made) < 200:
        pid = os.fork()
        if pid == 0:
            time.sleep(30)
            os._exit(0)
        made.append(pid)
except OSError:
    pass
for pid in made:
    os.kill(pid, 9)
print("forked", len(made))
PY
true
`}, func(s *reproduce.AttemptSpec) {
		s.Limits = reproduce.Limits{Memory: 96 << 20, CPUs: 0.5, Pids: 40, Disk: 8 << 20}
		s.Timeout = 40 * time.Second
	})
	told := tellings(text(result.Log, reproduce.Stdout))
	same(t, "memory", told.one("memory"), strconv.Itoa(96<<20))
	if swap := told.one("swap"); swap != "0" && swap != strconv.Itoa(96<<20) {
		t.Errorf("swap: %q", swap) // v2 counts it alone, v1 with the memory
	}
	if cpu := told.one("cpu"); cpu != "50000" && cpu != "50000 100000" {
		t.Errorf("cpu: %q", cpu)
	}
	same(t, "pids", told.one("pids"), "40")
	same(t, "files", told.one("wrote"), "/var/tmp/file 4; /var/tmp/file not 9; /almatriage/out/file 4; /almatriage/out/file not 9")
	if len(told["raised"]) > 0 {
		t.Error("the limit of files was raised")
	}
	same(t, "memory beyond the limit", told.one("allocated"), "")
	if forked, err := strconv.Atoi(told.one("forked")); err != nil || forked == 0 || forked >= 40 {
		t.Errorf("forked: %q", told.one("forked"))
	}
	if result.Facts.OOMKills == 0 || result.Facts.PidsMax == 0 {
		t.Errorf("the limits that struck are not told: %+v", result.Facts)
	}
}

// TestIsolationOfAttempts: what an attempt leaves (files, shared memory,
// processes, names) the next one, on the same image, does not find.
func TestIsolationOfAttempts(t *testing.T) {
	e := engine(t)
	recipe := reproduce.Recipe{Test: `
found=
for place in /var/tmp /tmp /dev/shm /root /usr/bin /almatriage/out; do
	[ -e $place/left-behind ] && found+=" $place"
	echo 1 >$place/left-behind || found+=" unwritable:$place"
done
cat /proc/[0-9]*/comm | grep -q sleep && found+=" process"
setsid sleep 1000 </dev/null >/dev/null 2>&1 &
echo "found:$found"
`}
	for range 2 {
		result := attempt(t, e, recipe, nil)
		lines := strings.Fields(text(result.Log, reproduce.Stdout))
		if strings.Join(lines, " ") != "found:" || result.Facts.Status != 0 {
			t.Fatalf("%q; %+v", lines, result.Facts)
		}
	}
}

// TestIsolationIsByDefault: a recipe that asks for the network says so before it
// runs, and gets it from no draft, edit or import without a person's yes.
func TestIsolationIsByDefault(t *testing.T) {
	recipe := reproduce.Recipe{Test: "true"}
	if parts := recipe.Discloses(); parts[len(parts)-1].Title != "The test reaches no network." {
		t.Errorf("%+v", parts)
	}
	recipe.Network = reproduce.NetworkFull
	if parts := recipe.Discloses(); parts[len(parts)-1].Title != "The test reaches the whole network." {
		t.Errorf("%+v", parts)
	}
	for _, origin := range []reproduce.Origin{reproduce.OriginDraft, reproduce.OriginEdited, reproduce.OriginImported} {
		stored := reproduce.StoredRecipe{Report: "almbz#1", Recipe: recipe, Origin: origin}
		if err := stored.CheckAccepted(); err == nil {
			t.Errorf("a recipe with a network runs that is %s and that nobody accepted", origin)
		}
		plain := recipe
		plain.Network = ""
		stored.Accepted = plain.Hash()
		if err := stored.CheckAccepted(); err == nil {
			t.Errorf("%s: the network came after the yes, and runs", origin)
		}
	}
}

// promised finds the tests that docs/isolation.md names.
var promised = regexp.MustCompile("`(Test[A-Za-z]+)`")

// TestDocumentNamesTests: every test that the list of promises names is there.
func TestDocumentNamesTests(t *testing.T) {
	document, err := os.ReadFile(filepath.Join("..", "..", "docs", "isolation.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	root := filepath.Join("..", "..")
	for _, file := range append(files, filepath.Join(root, "cmd", "internal", "cli", "reach_test.go"), filepath.Join(root, "tui", "root_test.go"), filepath.Join(root, "tui", "toast_test.go")) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(data)
	}
	found := promised.FindAllStringSubmatch(string(document), -1)
	for _, one := range found {
		if !strings.Contains(sources.String(), "func "+one[1]+"(t *testing.T)") {
			t.Errorf("%s is no test", one[1])
		}
	}
	if len(found) < 10 {
		t.Errorf("the document names %d tests", len(found))
	}
}
