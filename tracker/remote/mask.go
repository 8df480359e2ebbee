package remote

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
)

// shortest is the length from which on a token is looked for in other forms
// than its own, and in whole answers: a short one is in them by chance.
const shortest = 8

// mask is what stands where the token was.
const mask = "(token)"

// forms are a token as it may be said back: as it is, quoted, in an address,
// or in base64, which looks different with what stands before it.
func forms(token string) []string {
	if len(token) < shortest {
		return []string{token}
	}
	quoted, slashed := strconv.Quote(token), strings.ReplaceAll(token, "/", `\/`)
	web := strings.NewReplacer("&", `\u0026`, "<", `\u003c`, ">", `\u003e`) // in JSON that is meant for web pages
	list := []string{token, slashed, quoted[1 : len(quoted)-1], web.Replace(token), web.Replace(slashed), url.QueryEscape(token), url.PathEscape(token)}
	for before := range 3 {
		// The characters at both ends hold bits of what stands there, too.
		first, last := (before*8+5)/6, (before+len(token))*8/6
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			list = append(list, encoding.EncodeToString(append(make([]byte, before), token...))[first:last])
		}
	}
	return list
}

func (s *Server) masked(text string) string {
	for _, form := range s.forms {
		text = strings.ReplaceAll(text, form, mask)
	}
	return text
}

func (s *Server) maskedBytes(data []byte) []byte {
	if len(s.Token()) < shortest {
		return data
	}
	for _, form := range s.forms {
		if bytes.Contains(data, []byte(form)) { // or it would be copied
			data = bytes.ReplaceAll(data, []byte(form), []byte(mask))
		}
	}
	return data
}
