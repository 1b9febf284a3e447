package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/wire"
)

// What the reference says of itself and of its server.
const (
	referenceTitle   = "Core APIs"
	referenceVersion = "1.0.0"
	stagingServer    = "https://api-core.app-staging.my.id"
)

// The reference's sample of a request.
var sampleInput = coreapi.SignatureInput{
	Endpoint:  samplePath + "?id=3425234245",
	Method:    "GET",
	ClientKey: "CK00001",
	UserToken: "abcde12345",
	RequestID: "ABCEDFGHIJK",
	Version:   referenceVersion,
}

// samplePath is the only path that the reference shows, and sampleParameter its query's.
const (
	samplePath      = "/user/login"
	sampleParameter = "id"
)

const openapiAbout = "The wire that the Go SDK coreapi-go speaks, for the Core APIs: a partner's login and device API. " +
	"The public reference has the error codes, the headers of every request, what is signed, and the names and methods of the operations. All else is an assumption, or what a profile says.\n\n" +
	"Each part has one mark, which does not cover the parts within it: x-documented, the public reference has it; x-assumed, the SDK assumes it; x-set, the profile says so. " +
	"The mark of an operation is about its name and method, and x-path has that of its path; the mark of a path is about its text. " +
	"x-reference-name is what the reference calls something of which it has no more than the name. Summaries are the reference's names of operations; descriptions are in the SDK's words.\n\n" +
	"Members that are not named here may be there too."

// openapiDocument is the whole document. Its order is always the same.
func openapiDocument(p coreapi.Profile) (object, error) {
	w, err := compileWire(p)
	if err != nil {
		return nil, err
	}
	errors, err := openapiErrors()
	if err != nil {
		return nil, err
	}
	b := &openapiBuilder{profile: p, wire: w, errors: errors}
	paths, err := b.paths()
	if err != nil {
		return nil, err
	}
	signature, err := b.signatureScheme()
	if err != nil {
		return nil, err
	}
	return object{
		{"openapi", "3.1.0"},
		{"info", isDocumented.on(object{{"title", referenceTitle}, {"version", referenceVersion}, {"description", openapiAbout}})},
		{"servers", []object{isDocumented.on(object{{"url", stagingServer}, {"description", "Staging. The production server is not published."}})}},
		{"security", []object{
			{{"clientKey", []string{}}, {"signature", []string{}}},
			{{"clientKey", []string{}}, {"signature", []string{}}, {"userToken", []string{}}},
		}},
		{"paths", paths},
		{"components", object{
			{"securitySchemes", object{
				{"clientKey", clientKeyScheme()},
				{"signature", signature},
				{"userToken", userTokenScheme()},
			}},
			{"parameters", b.headerParameters()},
			{"headers", object{{"RequestID", responseRequestID()}}},
			{"responses", b.errorResponses()},
			{"schemas", b.schemas.with(b.errorSchemas()...)},
		}},
	}, nil
}

// openapiBuilder has what the parts of a document are made from.
type openapiBuilder struct {
	profile coreapi.Profile
	wire    *wire.Wire
	errors  []statusAnswers
	schemas object // components, in the order in which they were needed
}

func clientKeyScheme() object {
	return isDocumented.on(object{
		{"type", "apiKey"}, {"in", "header"}, {"name", "X-Client-Key"},
		{"description", "The key that the client received to use the API. The reference's sample is " + string(sampleInput.ClientKey) + "."},
	})
}

func userTokenScheme() object {
	return isDocumented.on(object{
		{"type", "apiKey"}, {"in", "header"}, {"name", "X-Token"},
		{"description", "The token of a user who has logged in, on endpoints that are specific to a user. Which those are is not documented, so that each operation takes it. It is signed where it is sent. The reference's sample is " + string(sampleInput.UserToken) + "."},
	})
}

// signatureScheme says how a request is signed, by the same table as the doctor.
func (b *openapiBuilder) signatureScheme() (object, error) {
	text, err := coreapi.SignatureText(b.profile.Signature, sampleInput)
	if err != nil {
		return nil, err
	}
	form := object{{"hash", isDocumented.on(object{{"value", "RSA 2048 with SHA-256"}})}}
	for _, a := range assumptionsOf(b.profile) {
		if name, ok := strings.CutPrefix(a.subject, "signature."); ok {
			form = form.with(member{name, a.part()})
		}
	}
	sample := object{{"value", string(text)}, {"description", "What is signed for the reference's sample of a request. The members and their order are the reference's; how they become text is as above."}}
	form = form.with(member{"sample", markOf(b.profile.Signature != coreapi.Signature{}).on(sample)})
	return isDocumented.on(object{
		{"type", "apiKey"}, {"in", "header"}, {"name", "X-Signature"},
		{"description", "Proves a trusted client: the signature over endpoint, method, headers and body, by the private key that the API's admin gave the partner. It is made anew for each request."},
		{"x-signing", form},
	}), nil
}

// part is the assumption as a part of the document. What the profile sets goes before the
// reference, and is documented where it is the same.
func (a assumption) part() object {
	value := object{{"value", cmp.Or(a.set, a.documented, a.byDefault)}}
	if a.documented != "" && (a.set == "" || a.set == a.documented) {
		return isDocumented.on(value)
	}
	return markOf(a.set != "").on(value)
}

const parametersAt = "#/components/parameters/"

// headerParameters are the headers of every request that are no credentials.
func (b *openapiBuilder) headerParameters() object {
	version := cmp.Or(b.profile.Version, coreapi.DefaultProfile().Version)
	versionMark := isDocumented // it is the reference's sample
	if version != referenceVersion {
		versionMark = isSaid
	}
	header := func(name, about string, required bool, schema object) object {
		return isDocumented.on(object{{"name", name}, {"in", "header"}, {"description", about}, {"required", required}, {"schema", schema}})
	}
	text := object{{"type", "string"}, {"minLength", 1}}
	languages := []coreapi.Language{coreapi.Indonesian, coreapi.English}
	return object{
		{"Version", header("X-Version", "The version of the API that the client uses. It is signed.", true,
			versionMark.on(text.with(member{"examples", []string{version}})))},
		{"RequestID", header("X-Request-Id", "The identity of the request: a new one for each, also where a request is sent again. It is signed.", true,
			isDocumented.on(text.with(member{"examples", []string{sampleInput.RequestID}})))},
		{"Language", header("X-Language", "The language of the messages in responses: Indonesian or English.", false,
			isDocumented.on(object{{"type", "string"}, {"enum", languages}, {"default", languages[0]}}))},
	}
}

func refsTo(at string, parts object) (refs []object) {
	for _, part := range parts {
		refs = append(refs, refTo(at, part.name))
	}
	return refs
}

func refTo(at, name string) object { return object{{"$ref", at + name}} }

func responseRequestID() object {
	return isAssumed.on(object{
		{"description", "The id of the request, echoed. It need not be there."},
		{"schema", isAssumed.on(object{{"type", "string"}})},
	})
}

const schemasAt = "#/components/schemas/"

// component adds a schema, and returns a reference to it. One that is there already is used
// again; where its name stands for another schema, it gets the second one.
func (b *openapiBuilder) component(schema object, names ...string) object {
	text, _ := encodeJSON(schema, "")
	for _, name := range names {
		i := slices.IndexFunc(b.schemas, func(m member) bool { return m.name == name })
		if i < 0 {
			b.schemas = append(b.schemas, member{name, schema})
			return refTo(schemasAt, name)
		}
		if there, _ := encodeJSON(b.schemas[i].value, ""); string(there) == string(text) {
			return refTo(schemasAt, name)
		}
	}
	return schema // which then stands where it is used
}
