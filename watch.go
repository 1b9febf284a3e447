package coreapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/fypass/coreapi-go/internal/check"
	"github.com/fypass/coreapi-go/internal/redact"
)

// watcher is a trace, or the log.
type watcher struct {
	Trace
	paths bool // it gets an operation's path also where that is no template
}

// watch is what is told of a call. It is there only where the Client has watchers.
type watch struct {
	op     Operation // for traces
	logged Operation // for the log
	began  time.Time // the call
	poll   bool      // within WaitForLogin
	sent   int       // attempts of the polls before this one

	ctx context.Context // that Call returned

	attempt      AttemptStart // the one that is made, or was last
	attemptBegan time.Time
	took         time.Duration // the attempt, without the decision about the next one; negative: it has not ended
	number       int           // of the attempt, over all runs
	open         bool          // the attempt's AttemptDone is due
}

// The words of AttemptDone.Stopped.
const (
	stoppedAttempts    = "attempts"
	stoppedRetryAfter  = "retry_after"
	stoppedDeadline    = "deadline"
	stoppedBudget      = "budget"
	stoppedContext     = "context"
	stoppedShouldRetry = "should_retry"
)

// answered is what traces are told of an attempt's response.
type answered struct {
	status              int
	protocol, requestID string
}

// protocolOf is a response's protocol; "" where a transport of the caller's says something
// that is none.
func protocolOf(resp *http.Response) string {
	if _, _, ok := http.ParseHTTPVersion(resp.Proto); ok {
		return resp.Proto
	}
	return ""
}

// newWatch is nil where nobody watches. The operation is that of the request, whose secrets
// are masked in it.
func (k *call) newWatch(spec callSpec) *watch {
	if len(k.shared.watchers) == 0 {
		return nil
	}
	w := &watch{logged: Operation{k.clean(k.op.Name), k.clean(k.op.Method), k.clean(k.op.Path)}}
	w.op = w.logged
	if spec.untraced {
		w.op.Path = ""
		if spec.unnamed {
			w.op.Name = unnamed
		}
	}
	return w
}

// operation is the call's, as t may see it.
func (w *watch) operation(t *watcher) Operation {
	if t.paths {
		return w.logged
	}
	return w.op
}

// observe makes a call by do, between its Call and its CallDone.
func (k *call) observe(ctx context.Context, do func(context.Context) error) (err error) { //nolint:contextcheck // a nil one is replaced
	if k.watch == nil {
		return do(ctx)
	}
	if check.Nil(ctx) { // the call is refused for it
		ctx = context.Background()
	}
	k.watch.began = time.Now()
	k.ctx, k.outer = ctx, ctx
	defer k.tellCallDone(&err)
	returned := false
	defer func() {
		if p := recover(); p != nil || !returned {
			err = k.panicked(p)
		}
	}()
	err = do(k.tellCall(ctx))
	returned = true
	return err
}

// tell calls a hook of each watcher. Where one panics, or ends the goroutine as a test's
// FailNow does, the others are told all the same.
func (k *call) tell(hook func(t *watcher)) { tellEach(k.shared.watchers, hook) }

func tellEach(watchers []watcher, hook func(t *watcher)) {
	if len(watchers) > 0 {
		defer tellEach(watchers[1:], hook)
		hook(&watchers[0])
	}
}

func (k *call) tellCall(ctx context.Context) context.Context {
	w := k.watch
	mark := derivedKey{k, 0}
	w.ctx = context.WithValue(ctx, mark, true)
	k.tell(func(t *watcher) {
		if t.Call != nil {
			w.ctx = derived(w.ctx, t.Call(w.ctx, w.operation(t)), mark)
		}
	})
	return w.ctx
}

// derivedKey marks the context that a call's traces are given, and that of each attempt.
type derivedKey struct {
	k       *call
	attempt int // 0: the call's
}

// derived is a context that a trace returned for parent, if it is one of its children. Else
// the call could not be cancelled any more, or not by an interceptor.
func derived(parent, child context.Context, mark derivedKey) context.Context {
	if check.Nil(child) || child.Value(mark) == nil {
		return parent
	}
	return child
}

// tellCallDone also makes an error of a watcher's panic.
func (k *call) tellCallDone(err *error) {
	defer k.recovered(err)
	w := k.watch
	k.maskSignaturesIn(k.answered.requestID) // which may be one
	done := CallDone{
		Attempts:   k.attempts - w.sent,
		StatusCode: k.answered.status,
		RequestID:  redact.CleanCut(k.answered.requestID, maxIdentifier, k.masks),
		Duration:   time.Since(w.began),
		poll:       w.poll,
	}
	if sent := k.ids.sent; len(sent) > 0 {
		done.RequestID = cmp.Or(done.RequestID, k.clean(sent[len(sent)-1]))
	}
	if e, ok := errors.AsType[*Error](*err); ok && e != nil {
		done.Err = e
		if e.StatusCode != 0 { // else it is of no response, or a login's that failed with a 200
			done.StatusCode, done.RequestID = e.StatusCode, e.RequestID
		}
	}
	k.tell(func(t *watcher) {
		if t.CallDone != nil {
			t.CallDone(w.ctx, done.copyFor(w.operation(t)))
		}
	})
}

// copyFor is what one watcher gets, and may write to.
func (c CallDone) copyFor(op Operation) CallDone {
	c.Operation, c.Err = op, c.Err.clone()
	return c
}

// tellAttempt sets the context of the attempt that begins, also where a trace panics: the
// others' AttemptDone gets what they returned.
func (k *call) tellAttempt() {
	k.attemptCtx = k.ctx
	w := k.watch
	if w == nil {
		return
	}
	w.number++
	mark := derivedKey{k, w.number}
	k.attemptCtx = context.WithValue(k.ctx, mark, true)
	w.attemptBegan, w.took, w.open = time.Now(), -1, true
	w.attempt = AttemptStart{
		Number:    w.number,
		RequestID: k.clean(k.ids.current),
		Header:    http.Header{},
	}
	k.tell(func(t *watcher) {
		if t.Attempt != nil {
			k.attemptCtx = derived(k.attemptCtx, t.Attempt(k.attemptCtx, k.attemptStart(t)), mark)
		}
	})
}

// attemptStart is the attempt as t may see it. Its header is that of all.
func (k *call) attemptStart(t *watcher) AttemptStart {
	start := k.watch.attempt
	start.Operation, start.URL = k.watch.operation(t), k.shownURL()
	return start
}

// tellAttemptDone tells of the last attempt, once. retry: another one follows.
func (k *call) tellAttemptDone(retry bool) {
	w := k.watch
	if w == nil || !w.open {
		return
	}
	w.open = false
	done := AttemptDone{
		StatusCode: k.answered.status,
		Protocol:   k.answered.protocol,
		Duration:   w.took,
		Err:        k.last,
		RetryIn:    -1,
		Stopped:    k.stopped,
	}
	if w.took < 0 {
		done.Duration = time.Since(w.attemptBegan)
	}
	if retry {
		done.RetryIn = k.wait
	}
	if w.poll && done.Stopped == stoppedAttempts {
		done.Stopped = "" // WaitForLogin goes on
	}
	k.tell(func(t *watcher) {
		if t.AttemptDone != nil {
			own := done
			own.AttemptStart, own.Err = k.attemptStart(t), done.Err.clone()
			t.AttemptDone(k.attemptCtx, own)
		}
	})
}

// closeAttempt tells of an attempt that a panic in the caller's code ended. It is deferred,
// and lets the panic go on.
func (k *call) closeAttempt() {
	if k.watch == nil || !k.watch.open {
		return
	}
	p := recover()
	k.last = k.panicked(p)
	k.tellAttemptDone(false)
	if p != nil {
		panic(p)
	}
}

// addTraced adds to an attempt's headers what traces want to be sent. Nothing of the SDK's
// is replaced, and nothing is sent that the transport would refuse.
func (k *call) addTraced(h http.Header) {
	if k.watch == nil {
		return
	}
	for name, values := range k.watch.attempt.Header {
		name = http.CanonicalHeaderKey(name)
		if slices.Contains(ownHeaders[:], name) || checkNotDocumented(name) != nil {
			continue
		}
		valid := slices.DeleteFunc(slices.Clone(values), func(value string) bool { return check.Header(name, value) != nil })
		if len(valid) > 0 {
			h[name] = valid
		}
	}
}

// ownHeaders are the SDK's, beside those that the reference documents.
var ownHeaders = [...]string{"Accept", "Content-Type", "User-Agent"}

// shownURL is the call's URL without anything that was put into it.
func (k *call) shownURL() *url.URL {
	u := k.target
	u.RawPath = k.clean(k.shared.base.RawPath) + braces.Replace(cmp.Or(k.watch.op.Path, "/"+redactedInURL))
	u.Path, _ = url.PathUnescape(u.RawPath)
	u.RawQuery = k.clean(hideValues(u.RawQuery))
	return &u
}

// redactedInURL stands for a value, as OpenTelemetry's conventions for url.full have it.
const redactedInURL = "REDACTED"

// braces writes a route's placeholders as a URL has them. Source: RFC 3986, section 2.
var braces = strings.NewReplacer("{", "%7B", "}", "%7D")

// hideValues keeps a query's names.
func hideValues(query string) string {
	if query == "" {
		return ""
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, _, named := strings.Cut(pair, "=")
		if pairs[i] = redactedInURL; named {
			pairs[i] = name + "=" + redactedInURL
		}
	}
	return strings.Join(pairs, "&")
}
