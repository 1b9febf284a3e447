package coreapitest

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/signature"
	"github.com/fypass/coreapi-go/internal/wire"
)

// Option sets something of a [Server]. Pass it to [New] or [NewServer].
type Option func(*options)

type options struct {
	profile   coreapi.Profile
	clientKey string
	keyHeader string // canonical
	basePath  string // escaped, without a slash at its end; "" for none
	publicKey crypto.PublicKey
	unsigned  bool
	limits    Limits

	always200 bool

	// What follows from those above.
	wire      *wire.Wire // the profile, compiled
	signature signature.Options
	verifier  *rsa.PublicKey
}

// WithProfile gives the fake the wire that the SDK under test has, all of it: routes,
// templates, envelope, words for states, and the form of the signature. Its Version is not
// compared: X-Version only has to be there. Zero fields mean the default. A profile that
// the SDK refuses, or that the fake cannot speak, is a mistake.
//
// Where the profile has an id or a token as a number, the fake makes up numbers, and an id
// that the test chose has to be one; a client's status is then 1 for active, 2 for
// inactive, 3 for suspended and 4 for deleted. Of several words for a state it says the
// first in order. Where a login's status has no way to say that the login failed, the
// answer is an error with the login's code.
//
// An error has the reference's code and message at the top of the body, the HTTP status of the fake's table, and
// where the envelope has conditions, none of them is met. [WithAlways200] is for APIs whose
// errors come with 200.
func WithProfile(profile coreapi.Profile) Option {
	return func(o *options) { o.profile = profile }
}

// WithClientKey sets the registered client's key. Default: a random one. A key that the
// SDK refuses is a mistake.
func WithClientKey(key string) Option {
	return func(o *options) { o.clientKey = key }
}

// WithClientKeyHeader names the header that carries the client key. One that the
// SDK refuses is a mistake. One other than X-Client-Key, which the reference
// documents, is that of a gateway that signs by itself: it implies [WithUnsigned], and
// [Server.Client] sends the key alone.
func WithClientKeyHeader(header string) Option {
	return func(o *options) { o.keyHeader = header }
}

// WithBasePath puts the API and the hosted page under a path, such as "/core/v1".
// [Server].URL has it. A path that the SDK refuses in a base URL is a mistake.
func WithBasePath(path string) Option {
	return func(o *options) { o.basePath = path }
}

// WithPublicKey verifies signatures with pub, instead of with the key that belongs to
// [Server].PrivateKey. That stays as it is: [Server.Client] is refused until the test
// sets it to the key that belongs to pub. Anything but an RSA key of at least 2,048
// bits is a mistake.
func WithPublicKey(pub crypto.PublicKey) Option {
	return func(o *options) { o.publicKey = pub }
}

// WithUnsigned demands neither a signature nor X-Version: for clients behind a gateway
// that signs, and for tests of so many calls that a signature's 0.8 ms counts. A
// signature that is there is checked all the same, so that one which
// coreapi.WithSignatureText made is refused: test such a program with a Client that
// sends the key alone.
func WithUnsigned() Option {
	return func(o *options) { o.unsigned = true }
}

// WithAlways200 answers an operation's errors with status 200, as some APIs do: the
// profile's Envelope says what is one. A Fault's own Status stays. An Envelope without a
// condition is a mistake.
func WithAlways200() Option {
	return func(o *options) { o.always200 = true }
}

// newOptions always returns usable options: the defaults with an error.
func newOptions(opts []Option) (options, error) {
	defaults := options{clientKey: newToken(), keyHeader: headerClientKey, publicKey: testKey().Public()}
	set := defaults
	for i, opt := range opts {
		if opt == nil {
			return defaults.mustComplete(), fmt.Errorf("option %d is nil: leave it out", i+1)
		}
		opt(&set)
	}
	if err := set.check(); err != nil {
		return defaults.mustComplete(), err
	}
	set, err := set.complete()
	if err != nil {
		return defaults.mustComplete(), err
	}
	return set, nil
}

// check lets the SDK judge: what it refuses could never be called.
func (o options) check() error {
	if o.basePath != "" && !strings.HasPrefix(o.basePath, "/") {
		return errors.New(`the base path does not begin with "/": pass one such as "/core/v1"`)
	}
	if err := o.limits.check(); err != nil {
		return err
	}
	if _, err := signature.CheckPublicKey(o.publicKey); err != nil {
		return err
	}
	_, err := coreapi.New(memoryURL+o.basePath, coreapi.ClientKeyHeader(o.keyHeader, o.clientKey), coreapi.WithProfile(o.profile))
	return err
}

// complete works out what follows from options that were checked.
func (o options) complete() (options, error) {
	w, err := compileProfile(o.profile)
	if err != nil {
		return o, err
	}
	if o.always200 && !w.HasConditions() {
		return o, errAlways200
	}
	o.wire = w
	o.limits = o.limits.withDefaults()
	o.signature = signatureOptions(o.profile.Signature)
	o.verifier, _ = o.publicKey.(*rsa.PublicKey)
	o.keyHeader = http.CanonicalHeaderKey(o.keyHeader)
	o.unsigned = o.unsigned || o.keyHeader != headerClientKey
	if base, err := url.Parse(memoryURL + o.basePath); err == nil {
		o.basePath = strings.TrimRight(base.EscapedPath(), "/")
	}
	return o, nil
}

// mustComplete is for the defaults.
func (o options) mustComplete() options {
	completed, err := o.complete()
	if err != nil {
		panic("coreapitest: the default profile: " + err.Error())
	}
	return completed
}

func signatureOptions(s coreapi.Signature) signature.Options {
	return signature.Options{
		Padding:  signature.Padding(s.Padding),
		Encoding: signature.Encoding(s.Encoding),
		Endpoint: signature.Endpoint(s.Endpoint),
		NoBody:   signature.NoBody(s.NoBody),
		Style:    signature.Style(s.Style),
		SortKeys: s.SortKeys,
	}
}
