package fmf

import (
	"errors"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/almatriage/almatriage/reproduce"
)

// MaxRepeat is the largest fixed number of attempts a side.
const MaxRepeat = 1000

// maxPattern bounds an expression that is matched against each line, in bytes.
const maxPattern = 4096

// extra reads our own keys.
func (r *reader) extra(key string, node ast.Node) {
	rules := map[string]rule{
		"reproduced-when": r.oracle,
		"prepare":         func(key string, v ast.Node) { r.recipe.Prepare, _ = r.script(key, v) },
		"precheck":        func(key string, v ast.Node) { r.recipe.Precheck, _ = r.script(key, v) },
		"network":         r.network,
		"repeat":          r.repeat,
	}
	known := slices.Sorted(maps.Keys(rules))
	node = r.resolve(node)
	if node == nil {
		return
	}
	entries, ok := mapping(node)
	if !ok {
		r.problem(place(node), "%s is %s; expected keys of %s", ours, kind(node), strings.Join(known, ", "))
		return
	}
	r.each(entries, func(key string, at *token.Position, value ast.Node) {
		if read, ok := rules[key]; ok {
			read(key, value)
			return
		}
		r.unknown(key, at, known)
	})
}

func (r *reader) network(key string, node ast.Node) {
	s, ok := r.text(key, node)
	if !ok {
		return
	}
	switch n := reproduce.Network(s); n {
	case reproduce.NetworkNone, reproduce.NetworkFull:
		r.recipe.Network = n
	default:
		r.problem(place(node), "network is %s; expected none or full", quote(s))
	}
}

func (r *reader) repeat(key string, node ast.Node) {
	n, ok := r.integer(key, node)
	if !ok {
		return
	}
	if n < 1 || n > MaxRepeat {
		r.problem(place(node), "repeat is %d; expected 1 to %d", n, MaxRepeat)
		return
	}
	r.recipe.Repeat = int(n)
}

const oracles = "expected exit, timeout, ask, {output: REGEX} or {signal: SEGV}"

// oracle reads reproduced-when.
func (r *reader) oracle(key string, node ast.Node) {
	node = r.resolve(node)
	if node == nil {
		return
	}
	if entries, ok := mapping(node); ok {
		r.oracleMap(entries, place(node))
		return
	}
	s, ok := r.text(key, node)
	if !ok {
		return
	}
	switch kind := reproduce.OracleKind(s); kind {
	case reproduce.OracleExit, reproduce.OracleTimeout, reproduce.OracleAsk:
		r.recipe.Oracle = reproduce.Oracle{Kind: kind}
	default:
		r.problem(place(node), "reproduced-when is %s; %s", quote(s), oracles)
	}
}

func (r *reader) oracleMap(entries []*ast.MappingValueNode, at *token.Position) {
	var oracle reproduce.Oracle
	seen, unknown := map[string]bool{}, false
	r.each(entries, func(key string, at *token.Position, value ast.Node) {
		seen[key] = true
		switch key {
		case "output":
			oracle.Kind, oracle.Pattern = reproduce.OracleOutput, r.pattern(value)
		case "signal":
			oracle.Kind, oracle.Signal = reproduce.OracleSignal, r.signal(value)
		case "stream":
			s, ok := r.text(key, value)
			if ok && s != "stdout" && s != "stderr" {
				r.problem(place(value), "stream is %s; expected stdout or stderr (both: no such key)", quote(s))
			}
			oracle.Stream = s
		default:
			unknown = true
			r.unknown(key, at, []string{"output", "signal", "stream"})
		}
	})
	switch {
	case unknown: // said already, and what it stands for is not known
	case seen["output"] == seen["signal"]:
		r.problem(at, "reproduced-when is neither output nor signal, or both; %s", oracles)
	case seen["stream"] && !seen["output"]:
		r.problem(at, "stream without output; expected {output: REGEX, stream: stdout}")
	}
	r.recipe.Oracle = oracle
}

// pattern reads an RE2 expression that is matched line by line.
func (r *reader) pattern(node ast.Node) string {
	s, ok := r.text("output", node)
	if !ok {
		return ""
	}
	re, err := regexp.Compile(s)
	var wrong *syntax.Error
	switch {
	case errors.As(err, &wrong):
		r.problem(place(node), "bad regular expression: %s, at %s; expected RE2 syntax (https://golang.org/s/re2syntax)", wrong.Code, quote(wrong.Expr))
	case err != nil:
		r.problem(place(node), "bad regular expression: %v", err)
	case len(s) > maxPattern:
		r.problem(place(node), "the regular expression has %d bytes; expected at most %d", len(s), maxPattern)
	case strings.ContainsRune(s, '\n'):
		r.problem(place(node), "the regular expression holds a line end, but output is matched line by line; expected one line (not a block with |)")
	case re.MatchString("") && re.MatchString("\x1dany line\x1d"):
		r.problem(place(node), "the regular expression %s matches every line; expected one that only the bug's output matches", quote(s))
	}
	return s
}

// signals are those of Linux whose default is to end a process, without KILL:
// limits and the engine kill, so it says nothing of the bug.
var signals = []string{
	"ABRT", "ALRM", "BUS", "FPE", "HUP", "ILL", "INT", "IO", "PIPE", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "SYS", "TERM",
	"TRAP", "USR1", "USR2", "VTALRM", "XCPU", "XFSZ",
}

// signal reads the name of a signal, with or without SIG.
func (r *reader) signal(node ast.Node) string {
	s, ok := r.text("signal", node)
	if !ok {
		return ""
	}
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	if slices.Contains(signals, name) {
		return name
	}
	if name == "KILL" {
		r.problem(place(node), "the signal KILL also comes from limits and from the engine, so it cannot show a bug; expected another signal or oracle")
	} else {
		r.problem(place(node), "unknown signal %s; expected one of %s", quote(s), strings.Join(signals, ", "))
	}
	return ""
}
