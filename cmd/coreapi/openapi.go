package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/wire"
)

const openapiHelp = `Usage: coreapi openapi [-profile FILE]

Writes the API's wire as OpenAPI 3.1, in JSON: the operations by the names that
they have in the SDK, the headers of every request, the documented error codes.
For tools that generate clients, mocks or documentation; docs/openapi.json in
the repository is what it writes without a profile.

Each part has one of these, as true. It does not cover the parts within it:

  x-documented   the API's public reference has it
  x-assumed      it is an assumption of the SDK
  x-set          with -profile: the profile says so

The mark of an operation is about its name and method; its "x-path" has the
path's. "x-reference-name" is what the reference calls something of which it has
no more than the name. The status that an error comes with is documented for no
code: those here are the sandbox's.

Flags:

  -profile FILE   the API's wire, as the SDK's LoadProfile takes it. Without it,
                  the defaults. COREAPI_PROFILE is not read. What the profile's
                  envelope makes an error of though its status is 200 is not in
                  the document, which has the success alone for that status.

Exit code: 0, or 2 for wrong usage, a wrong profile, and one that OpenAPI cannot
express: two paths that differ in the name of a value alone.
`

func setupOpenAPI(flags *flag.FlagSet) action {
	var profileName string
	textFlag(flags, "profile", &profileName)
	return func(_ context.Context, s streams, args []string) error {
		if len(args) > 0 {
			return usagef("openapi takes no arguments: name a profile with -profile %s", shown(args[0]))
		}
		profile := coreapi.Profile{}
		if profileName != "" {
			file, err := openProfileFile(profileName)
			if err != nil {
				return usagef("openapi: %s", err)
			}
			profile = file.Profile
		}
		document, err := openapiDocument(profile)
		if err != nil {
			return err
		}
		text, err := encodeJSON(document, "  ")
		if err != nil {
			return err
		}
		_, err = s.out.Write(text)
		return err
	}
}

// compileWire is the profile as package wire has it. A profile that was loaded compiles.
func compileWire(p coreapi.Profile) (*wire.Wire, error) {
	source := wire.Source{Version: p.Version, Envelope: string(p.Envelope), States: map[string]string{}}
	for word, state := range p.States {
		source.States[word] = string(state)
	}
	for to, from := range map[*wire.Route]coreapi.Route{
		&source.ClientInfo: p.ClientInfo, &source.Login: p.Login, &source.StartLogin: p.StartLogin,
		&source.LoginStatus: p.LoginStatus, &source.SaveDevice: p.SaveDevice, &source.GetDevice: p.GetDevice,
	} {
		*to = wire.Route{Method: from.Method, Path: from.Path, Body: string(from.Body), Result: string(from.Result)}
	}
	w, err := wire.Compile(source)
	if err != nil {
		return nil, fmt.Errorf("openapi: the profile: %w", err)
	}
	return w, nil
}

// mark says where a part of the document comes from.
type mark string

const (
	isDocumented mark = "x-documented" // the public reference has it
	isAssumed    mark = "x-assumed"    // the SDK's assumption
	isSaid       mark = "x-set"        // the profile says so
)

// on puts the mark on a part.
func (m mark) on(part object) object { return part.with(member{string(m), true}) }

// markOf is for what the reference does not have.
func markOf(saidByProfile bool) mark {
	if saidByProfile {
		return isSaid
	}
	return isAssumed
}

// named has what the reference calls a part of which it has the name alone. name "": it
// has none.
func named(part object, name string) object {
	if name == "" {
		return part
	}
	return part.with(member{"x-reference-name", name})
}
