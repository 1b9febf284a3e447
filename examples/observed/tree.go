package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// treeProcessor draws a trace when its first span has ended.
type treeProcessor struct {
	out io.Writer

	mu    sync.Mutex
	ended map[oteltrace.TraceID][]trace.ReadOnlySpan
	open  sync.WaitGroup // traces that are not drawn yet
}

func newTreeProcessor(out io.Writer) *treeProcessor {
	return &treeProcessor{out: out, ended: map[oteltrace.TraceID][]trace.ReadOnlySpan{}}
}

// OnStart counts the traces that have begun.
func (p *treeProcessor) OnStart(_ context.Context, span trace.ReadWriteSpan) {
	if isRoot(span) {
		p.open.Add(1)
	}
}

// OnEnd keeps a span until its trace is whole, and then draws that.
func (p *treeProcessor) OnEnd(span trace.ReadOnlySpan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := span.SpanContext().TraceID()
	p.ended[id] = append(p.ended[id], span)
	if isRoot(span) {
		draw(p.out, p.ended[id], span, "", "")
		delete(p.ended, id)
		p.open.Done()
	}
}

// isRoot: the span has no parent in this process.
func isRoot(span trace.ReadOnlySpan) bool {
	return !span.Parent().SpanID().IsValid() || span.Parent().IsRemote()
}

// wait returns when all traces that have begun are drawn, or ctx has ended.
func (p *treeProcessor) wait(ctx context.Context) {
	drawn := make(chan struct{})
	go func() { p.open.Wait(); close(drawn) }()
	select {
	case <-drawn:
	case <-ctx.Done():
	}
}

// Shutdown has nothing to do.
func (p *treeProcessor) Shutdown(context.Context) error { return nil }

// ForceFlush has nothing to do.
func (p *treeProcessor) ForceFlush(context.Context) error { return nil }

// branch is a line below a span: a child, or an event.
type branch struct {
	at   time.Time
	span trace.ReadOnlySpan // nil: an event
	text string
}

// draw writes a span and what is below it, in the order in which it began.
func draw(out io.Writer, all []trace.ReadOnlySpan, span trace.ReadOnlySpan, first, rest string) {
	fmt.Fprintf(out, "%s%s%s  %s\n", first, span.Name(), facts(span), span.EndTime().Sub(span.StartTime()).Round(100*time.Microsecond))
	var below []branch
	for _, child := range all {
		if child.Parent().SpanID() == span.SpanContext().SpanID() {
			below = append(below, branch{at: child.StartTime(), span: child})
		}
	}
	for _, event := range span.Events() {
		below = append(below, branch{at: event.Time, text: waitText(event)})
	}
	slices.SortStableFunc(below, func(x, y branch) int { return x.at.Compare(y.at) })
	for i, b := range below {
		mark, indent := "├─ ", "│  "
		if i == len(below)-1 {
			mark, indent = "└─ ", "   "
		}
		if b.span == nil {
			fmt.Fprintln(out, rest+mark+b.text)
		} else {
			draw(out, all, b.span, rest+mark, rest+indent)
		}
	}
}

// facts are the attributes that tell how a span went.
func facts(span trace.ReadOnlySpan) string {
	var facts []string
	for _, shown := range []struct{ name, key string }{
		{"status", "http.response.status_code"}, {"error", "error.type"}, {"id", "coreapi.request_id"}, {"attempts", "coreapi.attempts"},
	} {
		if value := valueOf(span.Attributes(), shown.key); value != "" {
			facts = append(facts, shown.name+"="+value)
		}
	}
	if span.Status().Code == codes.Error {
		facts = append(facts, "FAILED")
	}
	if len(facts) == 0 {
		return ""
	}
	return "  [" + strings.Join(facts, " ") + "]"
}

func waitText(event trace.Event) string {
	seconds, _ := strconv.ParseFloat(valueOf(event.Attributes, "coreapi.retry_in"), 64)
	return fmt.Sprintf("%s after %s: waits %.1f s", event.Name, valueOf(event.Attributes, "error.type"), seconds)
}

// valueOf is an attribute's value as text; "" where there is none.
func valueOf(attrs []attribute.KeyValue, key string) string {
	for _, a := range attrs {
		if string(a.Key) == key {
			return a.Value.String()
		}
	}
	return ""
}
