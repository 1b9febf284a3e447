package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/fypass/coreapi-go/internal/wire"
)

// statusAnswers are the error answers that come with one status on the fake.
type statusAnswers struct {
	status  int
	answers []errorAnswer
}

// errorAnswer is what the fake answers for a documented code.
type errorAnswer struct {
	code     coreapi.Code
	language coreapi.Language
	body     json.RawMessage
}

// openapiErrors asks the fake, where the assumptions about statuses stand. They are sorted
// by status, and within one by the catalogue.
func openapiErrors() ([]statusAnswers, error) {
	fake := coreapitest.New()
	client := fake.Client(coreapi.WithRetryPolicy(coreapi.NoRetry()))
	var all []statusAnswers
	for _, info := range coreapi.Catalogue() {
		for _, language := range []coreapi.Language{coreapi.Indonesian, coreapi.English} {
			fake.Inject(coreapitest.Fault{Code: info.Code})
			_, err := client.Clients.Info(context.Background(), coreapi.WithLanguage(language))
			var e *coreapi.Error
			if !errors.As(err, &e) || e.Code != info.Code {
				return nil, fmt.Errorf("openapi: the fake has no answer for %s: %w", info.Code, err)
			}
			i := slices.IndexFunc(all, func(s statusAnswers) bool { return s.status == e.StatusCode })
			if i < 0 {
				i, all = len(all), append(all, statusAnswers{status: e.StatusCode})
			}
			all[i].answers = append(all[i].answers, errorAnswer{info.Code, language, json.RawMessage(e.Body)})
		}
	}
	slices.SortFunc(all, func(a, b statusAnswers) int { return cmp.Compare(a.status, b.status) })
	return all, nil
}

// codes are those of the answers, each once.
func (s statusAnswers) codes() string {
	var codes []string
	for _, a := range s.answers {
		codes = append(codes, string(a.code))
	}
	return strings.Join(slices.Compact(codes), ", ")
}

const (
	responsesAt   = "#/components/responses/"
	errorResponse = "ErrorResponse"
	errorCode     = "ErrorCode"
	otherError    = "Error"
)

// errorResponses has one for each status of the fake's, and one for any other.
func (b *openapiBuilder) errorResponses() object {
	var all object
	for _, s := range b.errors {
		examples := object{}
		for _, a := range s.answers {
			examples = examples.with(member{string(a.code) + "." + string(a.language), isAssumed.on(object{{"value", a.body}})})
		}
		about := s.codes() + ", or no code. No status is documented for any code: this is the sandbox's, and so are the words."
		all = all.with(member{otherError + strconv.Itoa(s.status), errorContent(about, examples)})
	}
	return all.with(member{otherError, errorContent("An error with a status of which nothing is known.", nil)})
}

func errorContent(about string, examples object) object {
	content := object{{"schema", refTo(schemasAt, errorResponse)}}
	if examples != nil {
		content = content.with(member{"examples", examples})
	}
	return isAssumed.on(object{
		{"description", about},
		{"headers", echoedRequestID()},
		{"content", object{{"application/json", content}}},
	})
}

func echoedRequestID() object {
	return object{{requestIDHeader, refTo("#/components/headers/", "RequestID")}}
}

// errorReferences are the error responses of an operation: any error may come from any.
func (b *openapiBuilder) errorReferences() (refs object) {
	for _, s := range b.errors {
		status := strconv.Itoa(s.status)
		refs = refs.with(member{status, refTo(responsesAt, otherError+status)})
	}
	return refs.with(member{"default", refTo(responsesAt, otherError)})
}

// errorSchemas are the reference's Error Response and its list of codes.
func (b *openapiBuilder) errorSchemas() []member {
	var codes []coreapi.Code
	for _, info := range coreapi.Catalogue() {
		codes = append(codes, info.Code)
	}
	code := isDocumented.on(b.besideEnvelope("code", refTo(schemasAt, errorCode)))
	message := isDocumented.on(b.besideEnvelope("message", object{{"type", "string"}, {"description", "In the language of X-Language."}}))
	response := object{
		{"type", "object"},
		{"description", "Usually it has both members: one without a code, or without a message, or without both, is possible. What to do is in the codes' x-codes."},
		{"properties", object{{"code", code}, {"message", message}}},
	}
	return []member{
		{errorResponse, isDocumented.on(named(response, "Error Response"))},
		{errorCode, isDocumented.on(named(object{
			{"type", "string"},
			{"description", "The documented codes: for any other the SDK has ErrUnknownCode. x-codes has what they mean and what to do, in the SDK's words for what the reference says, as 'coreapi codes -json' has it."},
			{"enum", codes},
			{"x-codes", codeRows()},
		}, "Error Code List"))},
	}
}

// besideEnvelope lets a member be what the envelope's condition at its name is not, too:
// the envelope's own word for an error.
func (b *openapiBuilder) besideEnvelope(name string, schema object) object {
	envelope := b.wire.EnvelopeShape()
	if envelope == nil || envelope.Kind != wire.ShapeObject {
		return schema
	}
	for _, m := range envelope.Members {
		if m.Name == name && m.Value.Kind == wire.ShapeConstant {
			return object{{"anyOf", []object{schema, {{"not", condition(m.Value.Constant)}}}}}
		}
	}
	return schema
}

// successResponse is the answer with an operation's result in its envelope.
func (b *openapiBuilder) successResponse(result object) object {
	about := "The result. No status is documented: the SDK takes any from 200 to 299."
	if b.wire.HasConditions() {
		about += " A response that does not meet the constants of its envelope is an error, whatever its status."
	}
	return isAssumed.on(object{
		{"description", about},
		{"headers", echoedRequestID()},
		{"content", object{{"application/json", object{{"schema", b.inEnvelope(result)}}}}},
	})
}

var successStatus = strconv.Itoa(http.StatusOK)
