package coreapitest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/check"
)

// Drop says when a fault closes the connection.
type Drop int

// The drops.
const (
	DropNone   Drop = iota
	DropBefore      // closed before the request is handled
	DropAfter       // handled, then closed unanswered
)

// Fault is what goes wrong with some requests, on top of the state.
//
// In this order: Delay; DropBefore; the answer; DropAfter; Truncate. The answer is
// Code and Message, else Status, Body and ContentType as given, else the state's.
// Code and raw answers leave the state as it was, unless After.
//
// Faults are not a queue: each counts every matching request, whichever fault
// answers it; give the second one Skip: 1. The first in order that has an answer
// gives it; one with only a Delay lets the next one answer.
//
// A request that gets a fault uses its request id up, as any other does; one that is
// dropped before it is handled does not.
type Fault struct {
	// Operation is the name of the operation that the fault matches, such as
	// "Users.Login"; "": any operation, but never the hosted page or an unknown
	// path.
	Operation string
	// Skip and Times say which of the matching requests get the fault: after
	// Skip of them, the next Times. Times 0 means 1, -1 for ever.
	Skip, Times int

	// Code and Message are an error answer. Message "": the fake's own words, in the
	// language of X-Language. A Message without Code needs a Status.
	Code    coreapi.Code
	Message string
	// Status is the answer's. 0: the code's in the fake's table, 200 for a raw
	// Body. A Status alone has an empty body.
	Status int
	// RetryAfter is the header's value. Alone, it goes on the state's answer.
	RetryAfter string
	// Body and ContentType are a raw answer, instead of Code and Message: both are a
	// mistake.
	Body, ContentType string

	// Delay waits, then goes on. It ends early with the request's context or when
	// the server closes, and what follows it still does: a drop drops, an answer
	// of the fault's own is given. The state handles the request all the same if
	// the server closed; if the context ended, it refuses it with
	// CLIENT_CLOSED_REQUEST and stays as it was.
	Delay time.Duration
	// After lets the state handle the request first, and then the fault answers:
	// the work is done, its answer lost.
	After bool
	// Drop closes the connection. In memory that is an error that wraps
	// io.ErrUnexpectedEOF.
	Drop Drop
	// Truncate sends half of the body, then closes. In memory the body ends with
	// io.ErrUnexpectedEOF.
	Truncate bool
}

// answers is false for a fault that only delays.
func (f Fault) answers() bool {
	return f.hasOwnAnswer() || f.RetryAfter != "" || f.Drop != DropNone || f.Truncate
}

// hasOwnAnswer is false where the state answers.
func (f Fault) hasOwnAnswer() bool { return f.Code != "" || f.Status != 0 || f.Body != "" }

func (f Fault) check() error {
	if f.Operation != "" {
		if err := checkOperation(f.Operation); err != nil {
			return err
		}
	}
	switch {
	case f.Skip < 0:
		return fmt.Errorf("the fault's Skip is %d: pass 0 or more", f.Skip)
	case f.Times < -1:
		return fmt.Errorf("the fault's Times is %d: pass 0 for once, -1 for ever, or a number", f.Times)
	case f.Delay < 0:
		return fmt.Errorf("the fault's Delay is %v: pass 0 or more", f.Delay)
	case f.Drop < DropNone || f.Drop > DropAfter:
		return fmt.Errorf("the fault's Drop is %d: pass DropNone, DropBefore or DropAfter", f.Drop)
	}
	return f.checkAnswer()
}

func (f Fault) checkAnswer() error {
	switch {
	case f.Status != 0 && (f.Status < 200 || f.Status > 999):
		return fmt.Errorf("the fault's Status is %d: pass 0 for the default, or a final HTTP status from 200", f.Status)
	case f.Message != "" && f.Code == "" && (f.Status == 0 || f.Body != ""):
		return errors.New("the fault's Message has no Code: set one, or a Status and no Body")
	case f.Code != "" && (f.Body != "" || f.ContentType != ""):
		return errors.New("the fault has a Code, and a Body or ContentType too: a raw answer goes without Code and Message")
	case f.Message != "" && f.ContentType != "":
		return errors.New("the fault has a Message and a ContentType: the answer to a Message is JSON, leave one of them out")
	case f.ContentType != "" && f.Status == 0 && f.Body == "":
		return errors.New("the fault's ContentType has no Body: set one, or a Status for an empty body")
	case !f.answers() && f.Delay == 0:
		return errors.New("the fault does nothing: set a Code, Status, Body, RetryAfter, Delay, Drop or Truncate")
	}
	for name, value := range map[string]string{"RetryAfter": f.RetryAfter, "ContentType": f.ContentType} {
		if err := check.HeaderValue(value); err != nil {
			return fmt.Errorf("the fault's %s %w", name, err)
		}
	}
	return nil
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// ownAnswer is the fault's, where it has one.
func (f *fake) ownAnswer(fault Fault, l coreapi.Language) answer {
	var a answer
	if fault.Code != "" || fault.Message != "" {
		p := failed(fault.Code)
		if fault.Message != "" {
			p.message = text{fault.Message, fault.Message}
		}
		a = f.failure(p, l)
	} else {
		a = answer{status: http.StatusOK, header: http.Header{}, body: []byte(fault.Body)}
	}
	if fault.Status != 0 {
		a.status = fault.Status
	}
	if fault.ContentType != "" {
		a.header.Set("Content-Type", fault.ContentType)
	}
	return a
}

// carryOut does to a request what the faults say.
func (f *fake) carryOut(a arrival) answer {
	f.wait(a.Context(), a.plan.delay)
	fault := a.plan.fault
	if fault.Drop == DropBefore {
		return answer{dropped: true}
	}
	var given answer
	if !fault.hasOwnAnswer() || fault.After {
		given = f.handle(a)
	}
	if fault.hasOwnAnswer() {
		given = f.ownAnswer(fault, a.language)
	}
	if fault.RetryAfter != "" {
		given.header.Set("Retry-After", fault.RetryAfter)
	}
	given.dropped = fault.Drop == DropAfter
	given.cut = fault.Truncate
	return given
}

// wait is a fault's Delay. Its channel is made here, because synctest's clock
// stands still while a goroutine waits for a channel from outside its bubble.
func (f *fake) wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	closing := make(chan struct{})
	if !f.addWaiter(closing) {
		return
	}
	defer f.removeWaiter(closing)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-closing:
	}
}

// addWaiter is false once the server has closed.
func (f *fake) addWaiter(closing chan struct{}) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.waiters[closing] = struct{}{}
	return true
}

func (f *fake) removeWaiter(closing chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.waiters, closing)
}

// endWaits ends every Delay, now and from now on.
func (f *fake) endWaits() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for closing := range f.waiters {
		close(closing)
	}
	clear(f.waiters)
}
