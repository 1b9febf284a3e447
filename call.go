package coreapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"time"

	"github.com/fypass/coreapi-go/internal/check"
	"github.com/fypass/coreapi-go/internal/redact"
	"github.com/fypass/coreapi-go/internal/wire"
)

// callSpec is a request that is to be made, or why it must not be. Operations make their
// own.
type callSpec struct {
	op          Operation
	refused     error  // what is wrong with the arguments; nil: nothing so far
	unnamed     bool   // op's name was made of its method and path
	untraced    bool   // op's path is no template, so it is not shown to traces
	route       string // escaped path, relative to the base URL, and query; "": path and query are whole
	placeholder string // in the route; "": none
	value       string // that goes in its place
	path, query string // escaped; of Do, and of a profile with templates
	body        []byte // nil: none
	secrets     []string
	lacks       func(out any) string // what a result lacks to be a success; nil: anything that decodes is one
	failed      func(k *call) error  // makes an error of a result that tells of a failure; nil: none does
	wireOp      wire.Operation       // of an operation
}

// send is the way of every call: prepare it, then the interceptors, then the attempts.
func send[T any](ctx context.Context, c *Client, spec callSpec, opts []CallOption) (*T, error) {
	k := prepare(ctx, c, spec, opts, (*T)(nil))
	if err := k.perform(ctx); err != nil {
		return nil, err
	}
	return result[T](k), nil
}

// result is what a call has decoded; the zero value where there was nothing to decode.
func result[T any](k *call) *T {
	if out, _ := k.out.(*T); out != nil {
		return out
	}
	return new(T)
}

// call is one call: what it sends, and what its attempts have come to so far. It belongs
// to one goroutine, but an attempt that timed out may still read its body, which never
// changes.
type call struct {
	shared *sharedState
	op     Operation
	opts   *callOptions         // the Client's own where the call has no options
	out    any                  // a pointer to what the caller wants, nil until it is there
	lacks  func(out any) string // see callSpec
	failed func(k *call) error  // see callSpec
	wireOp wire.Operation       // see callSpec

	refused error  // why nothing may be sent, as the caller gets it; nil: the arguments are right
	watch   *watch // nil: nobody watches

	target     url.URL
	body       []byte // in the form that is sent; nil: none
	bodyLossy  error  // why no server could check a signature over the body; nil: it could
	ids        requestIDs
	signed     *signedRequest // by a SignedClientKey that the caller's Authenticator wraps
	signatures []string       // of its attempts; of a poll, of the last ones before it too
	masked     int            // how many of signatures are among masks
	masks      []string       // what is masked in errors: the call's secrets, and the keys and signatures of its attempts

	ctx   context.Context // of the run: it ends attempts and waits
	outer context.Context // the caller's, with the call's timeout; interceptors may derive ctx from it

	attemptCtx context.Context // of the last attempt, without its timeout
	answered   answered        // to the last attempt
	made       http.Response   // what go-retryablehttp gets of an attempt: see attempts
	stopped    string          // why the last attempt is followed by no other: AttemptDone.Stopped

	last       *Error        // of the last attempt of this run; nil: it succeeded
	answer     *Error        // the API's last answer, if that was an error
	tries      int           // attempts begun in this run
	attempts   int           // attempts handed to the transport
	timeouts   int           // REQUEST_TIMEOUT answers
	delivery   Delivery      // of all attempts together
	before     Delivery      // the same, without the last attempt
	retryAfter time.Duration // that the last response asked for
	wait       time.Duration // before the next attempt
	paid       bool          // the budget paid for a retry that was not sent
	inFlight   bool          // an attempt is with the transport, its response included
	idempotent bool          // by method or Idempotency-Key
}

// prepare checks a call's arguments, and keeps what is wrong with them in the call. out is a
// nil pointer of the type that the call decodes into: a call that fails needs no value.
func prepare(ctx context.Context, c *Client, spec callSpec, opts []CallOption, out any) *call {
	shared := c.state()
	if shared == nil {
		return &call{refused: c.invalidArgument(spec.op, errNoClient, nil)}
	}
	k := &call{
		shared: shared, op: spec.op, lacks: spec.lacks, failed: spec.failed, wireOp: spec.wireOp, out: out,
		masks: shared.masks, delivery: DeliveryNotSent, idempotent: idempotentMethod(spec.op.Method),
	}
	if err := k.fill(ctx, spec, opts); err != nil {
		k.maskSecrets(spec, k.knownOptions(opts))
		k.refused = c.invalidArgument(spec.op, err, k.masks)
	} else {
		k.maskSecrets(spec, k.opts)
	}
	k.watch = k.newWatch(spec)
	return k
}

const errNoClient redact.Text = "the Client is nil or was not made by New: make it with coreapi.New"

// fill checks what the caller gave, and makes of it what all attempts have in common.
func (k *call) fill(ctx context.Context, spec callSpec, opts []CallOption) error {
	if spec.refused != nil {
		return spec.refused
	}
	if check.Nil(ctx) {
		return errors.New("the context is nil: pass context.Background()")
	}
	if err := k.applyOptions(opts); err != nil {
		return err
	}
	if err := k.writeBody(spec.body); err != nil {
		return err
	}
	return k.buildURL(spec)
}

// perform makes the call, for all to see who watch.
func (k *call) perform(ctx context.Context) error { return k.observe(ctx, k.make) }

// make makes the call, if nothing is wrong with its arguments.
func (k *call) make(ctx context.Context) error {
	if k.refused != nil {
		return k.refused
	}
	err := k.run(ctx)
	if err == nil && k.failed != nil {
		err = k.failed(k)
	}
	return err
}

// applyOptions lays the call's options over the Client's, which are shared and never
// written to.
func (k *call) applyOptions(opts []CallOption) error {
	k.opts = &k.shared.call
	if len(opts) > 0 {
		own := k.shared.call
		for i, opt := range opts {
			if check.Nil(opt) {
				return fmt.Errorf("call option %d is nil: leave it out", i+1)
			}
			if err := opt.applyToCall(&own); err != nil {
				return err
			}
		}
		own.effectivePolicy = own.policy.withDefaults()
		k.opts = &own
	}
	k.ids.first = k.opts.requestID
	if k.ids.first == "" {
		k.ids.first = newRequestID()
	}
	k.ids.current = k.ids.first
	return nil
}

// knownOptions are a refused call's, for what is to be masked: those behind a wrong one
// too.
func (k *call) knownOptions(opts []CallOption) *callOptions {
	own := k.shared.call
	for _, opt := range opts {
		if !check.Nil(opt) {
			_ = opt.applyToCall(&own) // the call is refused already
		}
	}
	return &own
}

// writeBody puts the body, once a call, into the form in which it is sent and signed. It is
// valid JSON: encoding/json wrote it, or encodeBody has checked it.
func (k *call) writeBody(body []byte) error {
	if body == nil {
		return nil
	}
	form := k.shared.signing.Form().RewriteValid(body)
	k.body, k.bodyLossy = form.Text, form.Lossy
	if _, signed := k.shared.auth.(signedAuth); signed {
		return k.bodyLossy
	}
	return nil
}

// buildURL sets the URL, of which each attempt has a copy.
func (k *call) buildURL(spec callSpec) error {
	path, query, err := spec.path, "", error(nil)
	if spec.route != "" {
		path, query, err = fillRoute(spec.route, spec.placeholder, spec.value)
	}
	if err != nil {
		return err
	}
	path = k.shared.base.RawPath + path
	k.target = k.shared.base
	k.target.Path, k.target.RawPath = path, ""
	if !check.PlainPath(path) { // net/url, without a RawPath, might escape it in another way
		plain, err := url.PathUnescape(path)
		if err != nil {
			return err
		}
		k.target.Path, k.target.RawPath = plain, path
	}
	k.target.RawQuery = cmp.Or(query, spec.query)
	return nil
}

// mask adds secrets to those that are masked in the call's errors. It copies on append:
// the slice may be the Client's.
func (k *call) mask(secrets ...string) {
	for _, s := range secrets {
		if len(s) >= redact.MinSecret && !slices.Contains(k.masks, s) {
			k.masks = append(slices.Clip(k.masks), redact.Forms(s)...)
		}
	}
}

// maskSecrets masks what is secret of the call's arguments.
func (k *call) maskSecrets(spec callSpec, opts *callOptions) {
	k.mask(spec.secrets...)
	k.mask(opts.userToken)
	k.mask(opts.secrets[len(k.shared.call.secrets):]...) // the Client's are masked already
}

// run makes the call, and turns whatever comes of it into an *Error or nil.
func (k *call) run(ctx context.Context) error {
	if k.opts.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, k.opts.timeout)
		defer cancel()
	}
	return k.runWithin(ctx)
}

// runWithin recovers before run cancels the context, which would look as if the caller
// had.
func (k *call) runWithin(ctx context.Context) (err error) {
	k.ctx, k.outer = ctx, ctx
	defer k.recovered(&err)
	return k.typed(k.intercept(ctx))
}

// attemptAll makes the attempts of one run: see newLoop for how. An interceptor may ask
// for another run, with another context.
func (k *call) attemptAll(ctx context.Context) error {
	k.restart(ctx)
	defer k.closeAttempt()
	defer k.closeRun()
	if ctx.Err() != nil {
		return k.contextError()
	}
	if k.loop(ctx) != nil || (k.last != nil && k.last.ended) {
		return k.contextError() // a wait was cut short, or an attempt was
	}
	if k.last != nil {
		return k.last
	}
	return nil
}

// closeRun counts a request that was with the transport when the caller's code panicked,
// and gives back what was paid for a retry that sent nothing.
func (k *call) closeRun() {
	if k.inFlight {
		k.inFlight = false
		k.delivery = combine(k.delivery, DeliveryUnknown)
	}
	k.refund()
}

// restart forgets how the last run ended. What was sent by it counts on.
func (k *call) restart(ctx context.Context) {
	k.ctx = ctx
	k.tries, k.last = 0, nil
	if k.answer != nil {
		k.answer = k.answer.withoutContext()
	}
	if k.attempts > 0 {
		k.forgetResult()
	}
}

// forgetResult makes out the nil pointer of its type again.
func (k *call) forgetResult() { k.out = reflect.Zero(reflect.TypeOf(k.out)).Interface() }

// contextError is the error of a call whose context ended: the last answer of the API, if
// there was one, with what the context says.
func (k *call) contextError() *Error {
	last := cmp.Or(k.answer, k.last)
	if last == nil {
		last = k.newError(failure{})
	}
	if !last.ended {
		last = k.withContext(k.ctx, last)
	}
	return k.upToDate(last)
}

// upToDate is a copy, since a caller may have seen e, of what the call has come to by
// now.
func (k *call) upToDate(e *Error) *Error {
	now := *e
	now.Attempts, now.Delivery, now.timeouts = k.attempts, k.delivery, k.timeouts
	now.requestIDs = k.sentIDs()
	now.at = time.Now()
	return &now
}
