package main

import (
	"bytes"
	"crypto/rsa"
	"fmt"
	"regexp"
	"unicode/utf8"

	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/signature"
)

// signedText is the text that the admin's program signed, as a file has it. The zero
// one is none.
type signedText struct {
	name    string // the file's
	secrets []string
	text    []byte
	lineEnd bool // the file's last line end is taken off
	signature.Diagnosis
}

// readSignedText also looks whether header is the text's signature. file "": none.
func (t *signing) readSignedText(pub *rsa.PublicKey, header, file string) (signedText, error) {
	if file == "" {
		return signedText{}, nil
	}
	data, err := readAtMost(file, maxBody)
	if err != nil {
		return signedText{}, fmt.Errorf("the text cannot be read: %w", shownPath(err))
	}
	header = inOneLine(header)
	whole := signedText{name: file, text: data, Diagnosis: t.options.ExplainText(pub, data, header),
		secrets: []string{string(t.input.ClientKey), string(t.input.UserToken)}}
	cut := bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
	if whole.isSigned() || len(cut) == len(data) {
		return whole, nil
	}
	// An editor puts a line end behind a text that has none.
	return signedText{file, whole.secrets, cut, true, t.options.ExplainText(pub, cut, header)}, nil
}

// isSigned says whether the signature is this text's.
func (s signedText) isSigned() bool { return s.Finding > signature.OtherText }

// report says whether the signature is the text's, and where own, the SDK's, first
// differs from it.
func (s signedText) report(own []byte) string {
	if s.name == "" {
		return ""
	}
	name := shown(s.name)
	verdict := "The signature is not that of the text in " + name
	if s.isSigned() {
		verdict = "The signature is that of the text in " + name
		if s.lineEnd {
			verdict += ", without its last line end"
		}
		if made := s.Description(); made != "" {
			verdict += ", made with " + made
		}
	}
	return verdict + ".\n" + s.difference(own) + "\n"
}

func (s signedText) difference(own []byte) string {
	at := 0
	for at < len(s.text) && at < len(own) && s.text[at] == own[at] {
		at++
	}
	if at == len(s.text) && at == len(own) {
		return "The SDK signs the same text.\n"
	}
	theirs, ours := s.masked(s.text), s.masked(own)
	where := ""
	if isMaskedAt(s.text, theirs, at) || isMaskedAt(own, ours, at) {
		where = ", in a value that is not shown"
	}
	return fmt.Sprintf("The SDK's text first differs from it at offset %d%s:\n\n  %-6s %s\n  %-6s %s\n", at, where,
		"theirs", excerpt(theirs, at), "SDK's", excerpt(ours, at))
}

// secretMembers are values of the text that are not for a terminal.
var secretMembers = regexp.MustCompile(`(?i)"(?:x-client-key|x-token|password|reqToken|userToken|pushToken)"\s*:\s*"((?:[^"\\]|\\.)*)"?`)

// masked has a star for each byte of a secret value, so that offsets stay. The client key
// and the token are masked wherever they stand: the admin's text may be of any form.
func (s signedText) masked(text []byte) []byte {
	text = bytes.Clone(text)
	for _, found := range secretMembers.FindAllSubmatchIndex(text, -1) {
		mask(text[found[2]:found[3]])
	}
	for _, secret := range s.secrets {
		for at := 0; secret != ""; at += len(secret) {
			next := bytes.Index(text[at:], []byte(secret))
			if next < 0 {
				break
			}
			at += next
			mask(text[at : at+len(secret)])
		}
	}
	return text
}

func mask(value []byte) {
	for i := range value {
		value[i] = '*'
	}
}

func isMaskedAt(text, masked []byte, at int) bool { return at < len(text) && text[at] != masked[at] }

// excerptLength is how much of a text is shown before a place, and from it on, in bytes.
const excerptLength = 20

// excerpt shows a text around a place.
func excerpt(text []byte, at int) string {
	from, to := max(at-excerptLength, 0), min(at+excerptLength, len(text))
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	part := shown(string(text[from:to]))
	if from > 0 {
		part = printable.Ellipsis + part
	}
	if to < len(text) {
		return part + printable.Ellipsis
	}
	return part + " (its end)"
}
