package bundle

import "testing"

func TestHide(t *testing.T) {
	for in, want := range map[string]string{
		"": "",
		"nothing of it, not even /usr/share or https://example.org/a@b": "nothing of it, not even /usr/share or https://example.org/a@b",
		"stat /home/jane: no":                                                            "stat /home/user: no",
		"/var/home/jane.doe+x/.local (/home/jané).":                                      "/var/home/user/.local (/home/user).",
		"upperdir=/home/jane@corp/a,lowerdir=/home/jane@corp/b:/home/joe/c":              "upperdir=/home/user/a,lowerdir=/home/user/b:/home/user/c",
		"/Users/Jane-Doe/x \"/Users/jane\"":                                              "/Users/user/x \"/Users/user\"",
		"dial unix /run/user/1000/podman/podman.sock":                                    "dial unix /run/user/0/podman/podman.sock",
		"at ssh://core@127.0.0.1:5022/run/user/501/podman/podman.sock: refused":          "at podman.sock: refused",
		"unix:///run/podman/podman.sock, tcp://10.0.0.1:80 podman.sock":                  "podman.sock, tcp://10.0.0.1:80 podman.sock",
		"Get https://jane:pa@ss@mirror.example/x?a=b@c":                                  "Get https://mirror.example/x?a=b@c",
		"proxyconnect tcp: dial tcp: lookup proxy.corp on 10.0.0.53:53: no such host":    "proxyconnect: dial proxy: no such host",
		"proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: refused; see":                "proxyconnect: dial proxy: connect: refused; see",
		"proxyconnect tcp: dial tcp [fe80::1]:3128: connect: refused":                    "proxyconnect: dial proxy: connect: refused",
		"Curl error (5) [Could not resolve proxy: proxy.corp.example]":                   "Curl error (5) [Could not resolve proxy: proxy]",
		"cannot find UID/GID for user jane: no subuid ranges found for user \"jane\" in": "cannot find UID/GID for user user: no subuid ranges found for user \"user\" in",
		"\xff/home/jane\xfe\x00":                                                         "\xff/home/user\xfe\x00",
	} {
		if got := hide(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if got := hide(want); got != want {
			t.Errorf("%q: hidden again it is %q", want, got)
		}
		// A sentence that quotes it reads as one that quotes what was hidden.
		const before, after = "AlmaLinux 9: step base failed: ", "; see almatriage doctor"
		if got := hide(before + in + after); got != before+want+after {
			t.Errorf("%q: quoted it is %q", in, got)
		}
	}
}
