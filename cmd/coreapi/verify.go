package main

import (
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/fypass/coreapi-go/internal/signature"
)

// verify says whether header is the request's signature, and if not, how else it was
// made.
func (t *signing) verify(w io.Writer, header string) error {
	header = strings.TrimSpace(header)
	pub, err := signature.CheckPublicKey(t.credentials.Signer.Public())
	if err != nil {
		return usageError{"sign: " + err.Error()}
	}
	if t.options.Verify(pub, t.text, header) == nil {
		_, err := fmt.Fprintln(w, "The signature verifies as configured.")
		return err
	}
	verdict := t.diagnose(pub, header)
	if _, err := fmt.Fprintln(w, verdict); err != nil {
		return err
	}
	return errSaid
}

func (t *signing) diagnose(pub *rsa.PublicKey, header string) string {
	whole := strings.Join(strings.FieldsFunc(header, unicode.IsSpace), "")
	if variant := t.variant(pub, whole, header); variant != "" {
		return "The signature does not verify as configured, but it does with: " + variant + ".\n" +
			"Change that where the signature is made, or in the profile's \"signature\"."
	}
	if !isWhole(whole, pub.Size()) {
		return fmt.Sprintf("The signature is no whole one: it has %d characters, and one of this key has %d in base64, %d in base64url or %d in hex.",
			len(whole), base64.StdEncoding.EncodedLen(pub.Size()), base64.RawURLEncoding.EncodedLen(pub.Size()), hex.EncodedLen(pub.Size()))
	}
	return "The signature verifies under none of the known variants, so what was signed is something else.\n" +
		"Compare the text, letter by letter, with the one that was signed: endpoint, method, client key,\n" +
		"token, request id, version, body. If they are alike, another private key signed."
}

// isWhole is true for a signature of size bytes in any encoding.
func isWhole(header string, size int) bool {
	decoders := []func(string) ([]byte, error){base64.StdEncoding.DecodeString, base64.RawURLEncoding.DecodeString, hex.DecodeString}
	for _, decode := range decoders {
		if signature, err := decode(header); err == nil && len(signature) == size {
			return true
		}
	}
	return false
}

// trial is one way to look at the request, and what it means that a signature
// verifies by it.
type trial struct {
	words   string // "" where only Diagnose's words count
	options signature.Options
	input   signature.Input
}

// variant names how a signature was made; "" for no known way.
func (t *signing) variant(pub *rsa.PublicKey, whole, header string) string {
	for _, trial := range t.trials() {
		variant, ok := trial.options.Diagnose(pub, trial.input, whole)
		if !ok {
			continue
		}
		var words []string
		for _, each := range []string{variant, trial.words} {
			if each != "" {
				words = append(words, each)
			}
		}
		if whole != header {
			words = append(words, "the signature in one line, without white space")
		}
		return strings.Join(words, ", and ")
	}
	return ""
}

// trials are those that Diagnose cannot know of by itself: it sees one body and one
// base path.
func (t *signing) trials() []trial {
	trials := t.bodyTrials(trial{options: t.options, input: signature.Input{
		Endpoint:  t.input.Endpoint,
		Method:    t.input.Method,
		ClientKey: string(t.input.ClientKey),
		UserToken: string(t.input.UserToken),
		RequestID: t.input.RequestID,
		Version:   t.input.Version,
	}})
	for _, e := range t.otherEndpoints() {
		other := trials[0]
		other.words, other.input.Endpoint = e.words, e.endpoint
		trials = append(trials, t.bodyTrials(other)...)
	}
	return trials
}

// bodyTrials are one with the body as it is sent, and one as it was given.
func (t *signing) bodyTrials(as trial) []trial {
	sent, given := as, as
	sent.input.Body, given.input.Body = t.body, t.input.Body
	if bytes.Equal(t.body, t.input.Body) {
		return []trial{sent}
	}
	given.words = "the body as it was given"
	if as.words != "" {
		given.words += ", and " + as.words
	}
	return []trial{sent, given}
}

// otherEndpoint is one that may have been signed in the place of the given one.
type otherEndpoint struct{ words, endpoint string }

// maxBaseParts is how many parts of a path may be the base URL's own.
const maxBaseParts = 3

// otherEndpoints have the base URL's path before the endpoint, or leave out what may
// be that path.
func (t *signing) otherEndpoints() []otherEndpoint {
	var others []otherEndpoint
	endpoint := t.input.Endpoint
	if t.basePath != "" && !strings.HasPrefix(endpoint, t.basePath+"/") {
		others = append(others, otherEndpoint{`the endpoint with the base URL's path ("endpoint": "full")`, t.basePath + endpoint})
	}
	for cut, parts := 0, 0; parts < maxBaseParts; parts++ {
		next := strings.IndexByte(endpointPath(endpoint)[cut+1:], '/')
		if next < 0 {
			break
		}
		cut += 1 + next
		others = append(others, otherEndpoint{`the endpoint without "` + printable(endpoint[:cut]) + `" before it`, endpoint[cut:]})
	}
	return others
}
