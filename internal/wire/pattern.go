package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go/internal/printable"
)

// pattern is a text with a name in it, or a constant text.
type pattern struct {
	before, after string // a constant is before alone
	named         bool
	name          Name
	number        bool // "{name:number}"
}

// cut takes the text around the name off.
func (p pattern) cut(text string) (value string, ok bool) {
	value, hasBefore := strings.CutPrefix(text, p.before)
	value, hasAfter := strings.CutSuffix(value, p.after)
	return value, hasBefore && hasAfter
}

// String is a named one as it stands in a template.
func (p pattern) String() string { return p.before + p.name.String() + p.after }

var (
	errBrace    = errors.New(`has a brace that is no name's: a name is written as "{id}" or "{id:number}"; leave out what has other braces`)
	errTwoNames = errors.New("has two names in one text, which cannot be told apart in an answer: leave one")
)

// parsePattern reads a text that may hold one of the allowed names. The error begins with
// a verb, or with what is wrong.
func parsePattern(text string, allowed nameSet) (pattern, error) {
	open := strings.IndexAny(text, "{}")
	if open < 0 {
		return pattern{before: text}, nil
	}
	length := strings.IndexByte(text[open:], '}')
	if text[open] != '{' || length < 0 {
		return pattern{}, errBrace
	}
	inner, after := text[open+1:open+length], text[open+length+1:]
	word, kind, hasKind := strings.Cut(inner, ":")
	if !isNameWord(word) || hasKind && !isNameWord(kind) {
		return pattern{}, errBrace
	}
	if strings.ContainsAny(after, "{}") {
		if _, err := parsePattern(after, allowed); errors.Is(err, errBrace) {
			return pattern{}, errBrace
		}
		return pattern{}, errTwoNames
	}
	if hasKind && kind != "number" {
		return pattern{}, fmt.Errorf("has a kind that is none: write {%s} for a text, {%s:number} for a number", shown(word), shown(word))
	}
	name, err := lookupName(word, allowed)
	if err != nil {
		return pattern{}, err
	}
	p := pattern{before: text[:open], after: after, named: true, name: name, number: hasKind}
	if p.number && p.before+p.after != "" {
		return pattern{}, fmt.Errorf("has text around a number: write %s", name)
	}
	return p, nil
}

// isNameWord: letters and digits, "_" and "-". Wrong names that are likely are words too, so
// that the right one can be suggested.
func isNameWord(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !isPlain(r) || r == '.' }) < 0
}

// lookupName finds a name among those that may stand in this place.
func lookupName(word string, allowed nameSet) (Name, error) {
	for _, n := range allowed.names() {
		if nameTexts[n] == word {
			return n, nil
		}
	}
	wrong := "has the unknown name {" + shown(word) + "}: "
	if allowed == 0 {
		return 0, errors.New(wrong + "no name is known here, write a constant")
	}
	if n, ok := nearest(word, allowed); ok && !slices.Contains(nameTexts[:], word) { // else it is another place's
		return 0, fmt.Errorf("%sdid you mean %s?", wrong, n)
	}
	return 0, errors.New(wrong + "known here is " + allowed.join(" and "))
}

// nearest is the name that a misspelt word most likely meant.
func nearest(word string, allowed nameSet) (best Name, ok bool) {
	if len(word) > maxShown {
		return 0, false
	}
	word = letters(word)
	closest := len(word)/3 + 1
	for _, n := range allowed.names() {
		if d := distance(word, letters(nameTexts[n])); d < closest || d == closest && !ok {
			best, closest, ok = n, d, true
		}
	}
	return best, ok
}

// letters drops what user_token, user-token and userToken differ in.
func letters(word string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(word))
}

// distance is how many letters have to be added, dropped, changed or swapped with the next
// (the optimal string alignment distance).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// maxShown is how many bytes of a name or word are shown.
const maxShown = 32

func shown(s string) string { return printable.Line(s, maxShown) }

// isPlain: a letter, a digit, a hyphen, an underscore or a dot.
func isPlain(r rune) bool {
	return '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || r == '-' || r == '_' || r == '.'
}

// isPlainWord: at most 32 plain characters, which are no secret's and can be shown.
func isPlainWord(s string) bool {
	return s != "" && len(s) <= maxShown && strings.IndexFunc(s, func(r rune) bool { return !isPlain(r) }) < 0
}
