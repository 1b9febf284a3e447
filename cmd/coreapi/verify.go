package main

import (
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/fypass/coreapi-go/internal/signature"
)

// verify says whether the signature is the request's, and if not, how else it was made.
func (t *signing) verify(w io.Writer, r signRequest) error {
	pub, err := signature.CheckPublicKey(t.credentials.Signer.Public())
	if err != nil {
		return usageError{"sign: " + err.Error()}
	}
	header := strings.TrimSpace(r.verify)
	known, err := t.readSignedText(pub, header, r.textFile)
	if err != nil {
		return usageError{"sign: " + err.Error()}
	}
	if _, err := io.WriteString(w, known.report(t.text)); err != nil {
		return err
	}
	if t.options.Verify(pub, t.text, header) == nil {
		_, err := fmt.Fprintln(w, "The signature verifies as configured.")
		return err
	}
	if _, err := fmt.Fprintln(w, t.diagnose(pub, header, known)); err != nil {
		return err
	}
	return errSaid
}

// diagnose is for a signature that does not verify as configured.
func (t *signing) diagnose(pub *rsa.PublicKey, header string, known signedText) string {
	whole := inOneLine(header)
	found := t.explain(pub, whole)
	if whole != header && found.Finding > signature.OtherText {
		found.words = append(found.words, "white space in the signature")
		found.notes = append(found.notes, "Send the signature in one line.")
	}
	switch found.Finding {
	case signature.NotWhole:
		return fmt.Sprintf("The signature is no whole one: it has %d characters, and one of this key has %d in base64, %d in base64url or %d in hex.",
			len(whole), base64.StdEncoding.EncodedLen(pub.Size()), base64.RawURLEncoding.EncodedLen(pub.Size()), hex.EncodedLen(pub.Size()))
	case signature.OtherKey:
		return "The signature is none of this key's: another private key made it, or it was damaged on the way,\n" +
			"or the hash or the padding is another one. Known are RSASSA-PKCS1-v1_5, and PSS with a salt of any\n" +
			"length, with SHA-256, SHA-1, SHA-384 or SHA-512."
	case signature.OtherText:
		return t.ofAnotherText(found, known)
	}
	return "The signature does not verify as configured. It was made with " + found.description() + "." + found.remedies()
}

// inOneLine undoes the lines in which some programs write base64.
func inOneLine(header string) string {
	return strings.Join(strings.FieldsFunc(header, unicode.IsSpace), "")
}

// ofAnotherText is for a signature of the right key's.
func (t *signing) ofAnotherText(found explanation, known signedText) string {
	made := ", encoded, padded and hashed as configured"
	if found.Parts != nil {
		made = ", with " + found.description()
	}
	verdict := "This key made the signature" + made + ". But no known variant of the\nrequest's text is what was signed."
	switch {
	case known.isSigned():
		return verdict + found.remedies() +
			"\n\nIf a value differs, use the sample's. If the form of the text does, there is no switch for it.\nIn Go, WithSignatureText signs it: see docs/signature.md."
	case known.name == "":
		verdict += " Compare it, letter by letter, with the text that the admin's\n" +
			"program signs: endpoint, method, client key, token, request id, version, body. -text FILE compares\n" +
			"for you, where you have that text."
	}
	if t.input.UserToken == "" {
		verdict += "\nIf the sample has x-token, set COREAPI_USER_TOKEN: it is not set."
	}
	return verdict + found.remedies()
}

// explanation is a Diagnosis, and what the command knows beyond it.
type explanation struct {
	signature.Diagnosis
	words []string // what the signer did otherwise, behind the Diagnosis's own
	notes []string // sentences
}

func (e explanation) description() string {
	parts := slices.Clone(e.Parts)
	for _, words := range e.words {
		parts = append(parts, signature.Part{Made: words})
	}
	return signature.List(parts, func(p signature.Part) string { return p.Made })
}

// remedies are paragraphs: what to paste, and what nothing can be pasted for.
func (e explanation) remedies() string {
	var b strings.Builder
	if e.Options != nil {
		fmt.Fprintf(&b, "\n\nIn the profile's file, or the same fields of Profile.Signature in Go:\n\n  %s", switches(*e.Options))
	}
	e.writeOther(&b, signature.ByText, "There is no switch for %s:\nin Go use WithSignatureText (see docs/signature.md), in another language change how the text is made.")
	e.writeOther(&b, signature.ByNobody, "There is no switch for %s, and WithSignatureText cannot do it:\nthe reference documents RSA with SHA-256. Ask the admin what the API checks.")
	notes := slices.Clone(e.notes)
	for _, p := range e.Parts {
		if p.Note != "" {
			notes = append(notes, p.Note)
		}
	}
	if len(notes) > 0 {
		b.WriteString("\n\n" + strings.Join(notes, "\n"))
	}
	return b.String()
}

// writeOther writes a paragraph about the parts that have that remedy.
func (e explanation) writeOther(b *strings.Builder, remedy signature.Remedy, format string) {
	parts := slices.DeleteFunc(slices.Clone(e.Parts), func(p signature.Part) bool { return p.Remedy != remedy })
	if len(parts) > 0 {
		fmt.Fprintf(b, "\n\n"+format, signature.List(parts, func(p signature.Part) string { return p.Made }))
	}
}

// switches are the profile's member "signature", without those at their zero.
func switches(o signature.Options) string {
	members := struct {
		Padding  signature.Padding  `json:"padding,omitempty"`
		Encoding signature.Encoding `json:"encoding,omitempty"`
		Endpoint signature.Endpoint `json:"endpoint,omitempty"`
		NoBody   signature.NoBody   `json:"noBody,omitempty"`
		Style    signature.Style    `json:"style,omitempty"`
		SortKeys bool               `json:"sortKeys,omitempty"`
	}(o)
	text, err := json.Marshal(members)
	if err != nil { // a struct of texts always encodes
		return err.Error()
	}
	return `"signature": ` + string(text)
}

// trial is one way to look at the request, and what it means that the signature fits it.
type trial struct {
	words, note string // "": nothing
	input       signature.Input
	givenBody   bool // the body is the file's, not the one in the form that is sent
}

// explain tries the known ways to look at the request. The first that fits counts.
func (t *signing) explain(pub *rsa.PublicKey, header string) (found explanation) {
	for _, trial := range t.trials() {
		found = explanation{Diagnosis: t.options.Explain(pub, trial.input, header)}
		if found.Finding <= signature.OtherText {
			continue
		}
		if trial.givenBody && !found.Rewrote {
			found.words = append(found.words, "the body as it was given")
			found.notes = append(found.notes, "The SDK sends a body in the form in which it signs it: a server that checks the bytes as they came takes that too.")
		}
		if trial.words != "" {
			found.words = append(found.words, trial.words)
			found.notes = append(found.notes, trial.note)
		}
		return found
	}
	return found
}

// trials are those that Explain cannot know of by itself: it sees one body and one
// endpoint.
func (t *signing) trials() []trial {
	own := trial{input: signature.Input{
		Endpoint:  t.input.Endpoint,
		Method:    t.input.Method,
		ClientKey: string(t.input.ClientKey),
		UserToken: string(t.input.UserToken),
		RequestID: t.input.RequestID,
		Version:   t.input.Version,
	}}
	if t.options.Endpoint != signature.EndpointFull && !t.hasBasePath() {
		own.input.BasePath = t.basePath // Explain tries "full" then
	}
	trials := t.bodyTrials(own)
	for _, e := range t.otherEndpoints() {
		other := own
		other.words, other.note, other.input.Endpoint, other.input.BasePath = e.words, e.note, e.endpoint, ""
		trials = append(trials, t.bodyTrials(other)...)
	}
	return trials
}

// hasBasePath says whether the endpoint was given with the base URL's path.
func (t *signing) hasBasePath() bool { return strings.HasPrefix(t.input.Endpoint, t.basePath+"/") }

// bodyTrials are one with the body as it is sent, and one as it was given.
func (t *signing) bodyTrials(as trial) []trial {
	sent, given := as, as
	sent.input.Body, given.input.Body, given.givenBody = t.body, t.input.Body, true
	if bytes.Equal(t.body, t.input.Body) {
		return []trial{sent}
	}
	return []trial{sent, given}
}

// otherEndpoint is one that may have been signed in the place of the given one.
type otherEndpoint struct{ words, note, endpoint string }

// maxBaseParts is how many parts of a path may be the base URL's own.
const maxBaseParts = 3

// otherEndpoints have the base URL's path before the endpoint, or leave out what may
// be that path.
func (t *signing) otherEndpoints() []otherEndpoint {
	var others []otherEndpoint
	endpoint, full := t.input.Endpoint, t.options.Endpoint == signature.EndpointFull
	if full && t.basePath != "" && !t.hasBasePath() {
		others = append(others, otherEndpoint{"the base URL's path before the endpoint", `With "endpoint": "full", pass -endpoint with that path: it is signed as given.`, t.basePath + endpoint})
	}
	note := "The SDK signs it without the base URL's path, too: pass -endpoint as the SDK has it."
	if full {
		note = `That is "endpoint": "relative" in the profile, with -endpoint as the SDK has it.`
	}
	for cut, parts := 0, 0; parts < maxBaseParts; parts++ {
		next := strings.IndexByte(endpointPath(endpoint)[cut+1:], '/')
		if next < 0 {
			break
		}
		cut += 1 + next
		others = append(others, otherEndpoint{`the endpoint without "` + shown(endpoint[:cut]) + `" before it`, note, endpoint[cut:]})
	}
	return others
}
