package html

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/almatriage/almatriage/tracker"
)

// attacks are texts that mean something to a browser, a terminal or an eye.
var attacks = []string{
	`<script>document.title='taken'</script>`, `</script><script>alert(1)</script>`, `</style><img src=x onerror=alert(1)>`, `<!--`, `--><svg onload=alert(1)>`,
	`" onmouseover="alert(1)`, `' autofocus onfocus='alert(1)`, `javascript:alert(1)`, `data:text/html,<script>alert(1)</script>`, `</title></textarea></pre></details></table>`,
	`<a href="javascript:alert(1)">x</a>`, `<iframe srcdoc="x">`, `<meta http-equiv=refresh content=0>`, `{{.}} {{template "foot"}}`, `&lt;script&gt; &#x3c;b&#x3e;`, `]]>`, `<![CDATA[`,
	"\x00\x01\a\b\x7f", "\x1b[31mred\x1b[0m \x1b]8;;http://evil.example\alink\x1b]8;;\a", "\u009b31m \x9b31m", "\u202egnp.exe\u2066 \u200b\ufeff\u2028\u2029", "\xff\xfe", "\r\n\t", "=1+1",
	"https://example.org/\"><script>alert(1)</script>", "https://user:secret@example.org/",
}

// elements and attributes are all that a page may hold.
var (
	elements = strings.Fields(`html head meta link title style body header h1 h2 h3 h4 p time strong main section figure figcaption svg desc text rect ul li
		details summary table thead tbody tr th td div label input select option button abbr a span em dl dt dd code br pre footer script`)
	attributes = strings.Fields(`lang charset http-equiv content name rel href viewBox role aria-label aria-labelledby id class x y width height hidden type autocomplete
		value scope title datetime referrerpolicy tabindex data-key data-evidence data-verdict data-decision data-release data-package`)
)

// bare is a page without what its own style and script say.
func bare(t *testing.T, page string) string {
	t.Helper()
	for _, own := range []string{"<style>" + style + "</style>", "<script>" + script + "</script>"} {
		if strings.Count(page, own) != 1 {
			t.Fatalf("the page has not exactly one of %.40q", own)
		}
		page = strings.Replace(page, own, own[:strings.IndexByte(own, '>')+1]+"</"+own[1:strings.IndexByte(own, '>')+1], 1)
	}
	return page
}

// tree reads a page as XML, which is stricter than any browser: what is not
// closed or not escaped is an error. It gives how often each element is there.
func tree(t *testing.T, page string) map[string]int {
	t.Helper()
	count := map[string]int{}
	for decoder := xml.NewDecoder(strings.NewReader(bare(t, page))); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			count[token.Name.Local]++
			inert(t, token)
		case xml.Comment, xml.ProcInst:
			t.Errorf("the page has a %T", token)
		case xml.Directive:
			if string(token) != "doctype html" {
				t.Errorf("the page has <!%s>", token)
			}
		}
	}
}

// inert checks that an element does nothing but what the page is there for.
func inert(t *testing.T, e xml.StartElement) {
	t.Helper()
	if !slices.Contains(elements, e.Name.Local) {
		t.Errorf("<%s> is in the page", e.Name.Local)
	}
	has := map[string]string{}
	for _, a := range e.Attr {
		has[a.Name.Local] = a.Value
		if !slices.Contains(attributes, a.Name.Local) {
			t.Errorf("<%s> has %s=%q", e.Name.Local, a.Name.Local, a.Value)
		}
	}
	href, ok := has["href"]
	switch outside := strings.HasPrefix(href, "http://") || strings.HasPrefix(href, "https://"); {
	case !ok, strings.HasPrefix(href, "#report-"), e.Name.Local == "link" && href == "data:,":
	case !outside || has["rel"] != "noopener noreferrer nofollow" || has["referrerpolicy"] != "no-referrer":
		t.Errorf("a link to %q: %v", href, has)
	}
}

func TestHostile(t *testing.T) {
	db := open(t)
	plainID := put(t, db, 1, false, plain)
	calm, _ := written(t, db, Options{}, plainID)
	var ids []tracker.ID
	for i, attack := range attacks {
		ids = append(ids, put(t, db, int64(i+2), false, func(name string) string { return "x" + name + " " + attack }))
	}
	page, left := written(t, db, Options{Private: true}, ids...)
	got, want := tree(t, page), tree(t, calm)
	for _, name := range []string{"html", "head", "body", "meta", "link", "title", "style", "script", "svg", "select", "input", "button"} {
		if got[name] != want[name] && name != "svg" && name != "title" || got[name] == 0 {
			t.Errorf("%d of <%s>, want %d", got[name], name, want[name])
		}
	}
	if left != 0 || strings.Count(page, `<details class="case"`) != len(attacks) || len(want) < 40 {
		t.Errorf("left out %d of %d; %d kinds of elements", left, len(attacks), len(want))
	}
	for _, r := range page {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029') {
			t.Fatalf("%U is in the page", r)
		}
	}
	if !strings.Contains(page, `\u202egnp.exe`) || !strings.Contains(page, `\u001b`) {
		t.Error("a recipe does not show what cannot be seen")
	}
}

// TestLarge: what is long is cut, and what it is cut from is told.
func TestLarge(t *testing.T) {
	db := open(t)
	long := strings.Repeat("<b>\u202e&\"'", 100_000) // 1 MB
	page, _ := written(t, db, Options{}, put(t, db, 1, false, func(name string) string {
		if slices.Contains([]string{"url", "release", "package", "version", "target"}, name) {
			return "x"
		}
		return long
	}))
	tree(t, page)
	if len(page) > 500_000 || !strings.Contains(page, "bytes more are left out)") {
		t.Errorf("the page has %d bytes", len(page))
	}
}

// TestPolicy: the page names its own style and script by what they are, and no
// tag can end them.
func TestPolicy(t *testing.T) {
	page, _ := written(t, open(t), Options{})
	bare(t, page)
	if strings.Contains(strings.ToLower(script+style), "</") || strings.Contains(script+style, "<!") {
		t.Error("the style or the script could be ended early")
	}
	for _, own := range []string{hashed(style), hashed(script)} {
		if !strings.Contains(page, strings.NewReplacer("'", "&#39;", "+", "&#43;").Replace(own)) {
			t.Errorf("%s is not in the policy", own)
		}
	}
}
