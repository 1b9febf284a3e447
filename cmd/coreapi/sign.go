package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/check"
	"github.com/fypass/coreapi-go/internal/signature"
)

const signHelp = `Usage: coreapi sign -method M -endpoint E [-body FILE] [-request-id ID]
                    [-body-out FILE] [-profile FILE] [-quiet]
       coreapi sign -verify SIGNATURE [-text FILE] -request-id ID -method M
                    -endpoint E ...

Signs a request of the API, for programs in any language and for comparing with
the API's admin. The signature goes to standard output, and the text that is
signed to standard error, as its last line (the line's end is not signed).
Nothing is sent anywhere.

The environment holds the credentials; no flag takes one:

  COREAPI_CLIENT_KEY         the client key
  COREAPI_PRIVATE_KEY        the private key's text, or else
  COREAPI_PRIVATE_KEY_FILE   the name of its file: one of the two
  COREAPI_USER_TOKEN         the user's token, where the request sends X-Token

Flags:

  -method M          the HTTP method, in capitals
  -endpoint E        path and query as the request line has them, without the
                     base URL's own path: /user/login?id=42. Where the profile's
                     signature has "endpoint": "full", pass it with that path:
                     it is signed as given.
  -body FILE         the request's body, as JSON ("-": standard input). It is
                     signed in the form in which it has to be sent, and a
                     warning says so where FILE has another.
  -body-out FILE     write the body in that form to FILE, to send it: curl takes
                     it by --data-binary @FILE. What was in FILE is replaced.
  -request-id ID     the X-Request-Id, a new one for each request. Without it
                     one is made up, and stands in the text: a script passes its
                     own.
  -profile FILE      a profile: JSON that says what differs from the SDK's
                     defaults. Of it count "version", which is X-Version, and
                     "signature":
                     {"version": "1.0.0", "signature": {"padding": "pkcs1v15",
                      "encoding": "base64", "endpoint": "relative",
                      "noBody": "{}", "style": "javascript", "sortKeys": false}}
                     Other words: "pss"; "base64url", "hex"; "full"; "omit",
                     "null", "\"\""; "go".
  -quiet             do not write the text: it has the client key, the user's
                     token and the body in it, and a log may keep it
  -verify SIGNATURE  sign nothing, but say whether this is the request's
                     signature. If not, find out what the signer did otherwise,
                     and say which switch of the profile does the same. The
                     public key is enough here: COREAPI_PRIVATE_KEY or _FILE may
                     hold it, as PEM. COREAPI_BASE_URL is optional: its path is
                     tried before the endpoint, too.
  -text FILE         with -verify: the exact text that the admin's own program
                     signed. Says whether SIGNATURE is right for it, and where
                     the SDK's text first differs. Keys and tokens are masked.

A request with curl, where 1.0.0 is the version (the profile's, or the default):

  id=$(od -An -N8 -tx1 /dev/urandom | tr -d ' ')
  sig=$(coreapi sign -method GET -endpoint /client -request-id "$id") &&
  curl -sS "$COREAPI_BASE_URL/client" -H "X-Client-Key: $COREAPI_CLIENT_KEY" \
    -H "X-Version: 1.0.0" -H "X-Request-Id: $id" -H "X-Signature: $sig"

Exit code: 0 where it signed, or SIGNATURE verifies as configured; 1 where
SIGNATURE does not, or only under another variant; 2 for wrong usage, or an
input that cannot be signed.
`

// signRequest is the command line of sign. "" is a flag that was not given.
type signRequest struct {
	method, endpoint  string
	bodyFile, bodyOut string
	requestID         string
	profileFile       string
	verify            string
	textFile          string
	quiet             bool
}

func setupSign(flags *flag.FlagSet) action {
	var r signRequest
	textFlag(flags, "method", &r.method)
	textFlag(flags, "endpoint", &r.endpoint)
	textFlag(flags, "body", &r.bodyFile)
	textFlag(flags, "body-out", &r.bodyOut)
	textFlag(flags, "request-id", &r.requestID)
	textFlag(flags, "profile", &r.profileFile)
	textFlag(flags, "verify", &r.verify)
	textFlag(flags, "text", &r.textFile)
	flags.BoolVar(&r.quiet, "quiet", false, "")
	return func(ctx context.Context, s streams, args []string) error {
		if len(args) > 0 {
			return usagef("sign takes no arguments, only flags: see 'coreapi sign -h'") // not quoted: it may be a token
		}
		return runSign(ctx, s, r)
	}
}

// textFlag declares a flag that is not empty where it is given: an empty one is a
// shell's variable that was not set, and must not pass for a flag that is not there.
func textFlag(flags *flag.FlagSet, name string, to *string) {
	flags.Func(name, "", func(value string) error {
		if value == "" {
			return errors.New("it is empty: pass a value, or leave the flag out")
		}
		*to = value
		return nil
	})
}

func runSign(ctx context.Context, s streams, r signRequest) error {
	if err := r.check(); err != nil {
		return err
	}
	t, err := newSigning(s, r)
	if err != nil {
		return usageError{"sign: " + err.Error()}
	}
	if err := t.writeBody(r.bodyOut); err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	if r.verify == "" {
		t.warn(s.err, r.bodyOut) // of what was sent already there is nothing to warn
	}
	if !r.quiet {
		fmt.Fprintf(s.err, "%s\n", t.text)
	}
	if r.verify != "" {
		return t.verify(s.out, r)
	}
	header, err := t.options.Sign(ctx, t.credentials.Signer, t.text)
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	_, err = fmt.Fprintln(s.out, header)
	return err
}

// check refuses what can be told without any file.
func (r signRequest) check() error {
	switch {
	case r.method == "" || r.endpoint == "":
		return usagef("sign: -method and -endpoint are both needed, such as: coreapi sign -method GET -endpoint /client")
	case r.method != strings.ToUpper(r.method) || strings.ContainsFunc(r.method, notLetter):
		return usagef(`sign: -method "%s" is none that the API has: pass it in capitals, such as GET or POST`, shown(r.method))
	case strings.Contains(r.endpoint, "://") && r.endpoint[0] != '/':
		return usagef("sign: -endpoint is a whole URL: pass its path and query only, such as /user/login?id=42")
	case r.endpoint[0] != '/':
		return usagef(`sign: -endpoint "%s" does not begin with "/": pass path and query as the request line has them`, shown(endpointPath(r.endpoint)))
	case strings.ContainsFunc(r.endpoint, notInRequestLine):
		return usagef("sign: -endpoint has a character that no request line has: escape it as it is sent, a space as %%20 for example, and leave out what stands behind a #")
	case r.verify != "" && r.requestID == "":
		return usagef("sign: -verify needs -request-id: the id of the request that was signed is a part of the text")
	case r.textFile != "" && r.verify == "":
		return usagef("sign: -text needs -verify: it is what that signature is over")
	case r.bodyOut != "" && r.bodyFile == "":
		return usagef("sign: -body-out needs -body: without a body there is nothing to write")
	case r.bodyOut == "-":
		return usagef("sign: -body-out is standard output, where the signature goes: name a file")
	}
	if err := checkSigned("-request-id", r.requestID); err != nil {
		return usageError{"sign: " + err.Error()}
	}
	return nil
}

func notLetter(r rune) bool { return r < 'A' || r > 'Z' }

// notInRequestLine leaves "#" out: a fragment is never sent. Source: RFC 3986.
func notInRequestLine(r rune) bool { return r <= ' ' || r >= 0x7f || r == '#' }

// endpointPath leaves out the query, which may hold a token.
func endpointPath(endpoint string) string {
	path, _, _ := strings.Cut(endpoint, "?")
	return path
}

// checkSigned checks a value that is sent in a header and signed; "" is none. The error
// does not quote it: it may be a token.
func checkSigned(name, value string) error {
	if value == "" {
		return nil
	}
	if err := check.ASCIIValue(value); err != nil {
		return fmt.Errorf("%s %w", name, err)
	}
	return nil
}

// signing is a request that can be signed.
type signing struct {
	credentials coreapi.Credentials
	options     signature.Options
	input       coreapi.SignatureInput // with the body as it was given
	body        []byte                 // in the form in which it is sent and signed; nil: none
	text        []byte                 // what is signed
	basePath    string                 // of COREAPI_BASE_URL; "" where that is not set
}

func newSigning(s streams, r signRequest) (*signing, error) {
	profile, err := openProfileFile(r.profileFile)
	if err != nil {
		return nil, err
	}
	parse := parseKey
	if r.verify != "" {
		parse = parseAnyKey
	}
	credentials, token, err := credentialsFromEnv(parse)
	if err != nil {
		return nil, err
	}
	// The SDK judges: what it refuses is never sent.
	if _, err := coreapi.New("http://localhost", coreapi.SignedClientKey(string(credentials.ClientKey), credentials.Signer), coreapi.WithProfile(profile.Profile)); err != nil {
		return nil, sdkCause(err)
	}
	given, err := readBody(s, r.bodyFile)
	if err != nil {
		return nil, err
	}
	t := &signing{
		credentials: credentials,
		options:     signatureOptions(profile.Signature),
		input: coreapi.SignatureInput{
			Endpoint:  r.endpoint,
			Method:    r.method,
			ClientKey: credentials.ClientKey,
			UserToken: token,
			RequestID: r.requestID,
			Version:   profile.Version,
			Body:      given,
		},
		basePath: basePathFromEnv(),
	}
	if t.input.RequestID == "" {
		t.input.RequestID = rand.Text()
	}
	if t.body, err = t.inForm(given); err != nil {
		return nil, err
	}
	t.text, err = coreapi.SignatureText(profile.Signature, t.input)
	return t, sdkCause(err)
}

// sdkCause is an error of the SDK without the words around it, which name its own
// functions and arguments.
func sdkCause(err error) error {
	var sdk *coreapi.Error
	if errors.As(err, &sdk) && len(sdk.Unwrap()) > 0 {
		return sdk.Unwrap()[0]
	}
	return err
}

// credentialsFromEnv also returns the user's token; "" for none.
func credentialsFromEnv(parse keyParser) (c coreapi.Credentials, token coreapi.Secret, err error) {
	key := os.Getenv("COREAPI_CLIENT_KEY")
	if key == "" {
		return c, "", errors.New("COREAPI_CLIENT_KEY is not set: set it to the client key that the API's admin gave you")
	}
	if err := checkSigned("COREAPI_CLIENT_KEY", key); err != nil {
		return c, "", err
	}
	user := os.Getenv("COREAPI_USER_TOKEN")
	if err := checkSigned("COREAPI_USER_TOKEN", user); err != nil {
		return c, "", err
	}
	signer, err := signerFromEnv(parse)
	return coreapi.Credentials{ClientKey: coreapi.Secret(key), Signer: signer}, coreapi.Secret(user), err
}
