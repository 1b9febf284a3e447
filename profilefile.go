package coreapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go/internal/jsonmembers"
)

// ParseProfile reads a profile's file: JSON with the names of [Profile]'s fields in lower
// camel case, templates as plain JSON. An unknown member, and everything that New would
// refuse, is [ErrInvalidArgument], with its place and what to write instead.
func ParseProfile(data []byte) (Profile, error) {
	p, err := parseProfile(data)
	if err != nil {
		return Profile{}, invalidArgument("ParseProfile", err)
	}
	return p, nil
}

// LoadProfile is [ParseProfile] of a file. An error names the file; one that is not there
// is found by errors.Is(err, os.ErrNotExist) too.
func LoadProfile(file string) (Profile, error) {
	p, err := loadProfile(file)
	if err != nil {
		return Profile{}, invalidArgument("LoadProfile", fmt.Errorf("%s: %w", file, err))
	}
	return p, nil
}

// maxProfileFile is well over the size of any profile, in bytes.
const maxProfileFile = 1 << 20

func loadProfile(file string) (Profile, error) {
	data, err := readAtMost(file, maxProfileFile)
	var failed *fs.PathError
	switch {
	case errors.As(err, &failed):
		return Profile{}, fmt.Errorf("the profile cannot be read: %w: check the file's name and rights", failed.Err)
	case err != nil:
		return Profile{}, fmt.Errorf("the profile cannot be read: %w", err)
	case len(data) > maxProfileFile:
		return Profile{}, errors.New("the file is over 1 MiB, so no profile: name the profile's file")
	}
	return parseProfile(data)
}

func parseProfile(data []byte) (p Profile, err error) {
	data = trimJSON(data)
	if err := requireProfileObject(data); err != nil {
		return p, err
	}
	if err := checkMembers(data); err != nil {
		return p, err
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return p, wrongKind(err)
	}
	_, err = p.compile()
	return p, err
}

func requireProfileObject(data []byte) error {
	if len(data) == 0 {
		return errors.New("the profile is empty: write {} for the defaults")
	}
	if !json.Valid(data) {
		return fmt.Errorf("the profile is no JSON: %w", json.Unmarshal(data, new(any)))
	}
	if data[0] != '{' {
		return errors.New("the profile is no JSON object: write one such as {\"version\":\"1.0.0\"}")
	}
	return nil
}

// The members that a profile's file, a signature and a route may have.
var (
	profileMembers = []string{"$schema", "$comment", "version", "envelope", "states", "signature",
		"clientInfo", "login", "startLogin", "loginStatus", "saveDevice", "getDevice"}
	signatureMembers = []string{"padding", "encoding", "endpoint", "noBody", "style", "sortKeys"}
	routeMembers     = []string{"method", "path", "body", "result"}
)

// checkMembers refuses a member that no profile has, and one that stands twice:
// encoding/json would pass over the one, and take the last of the others.
func checkMembers(profile []byte) error {
	if err := checkNames("the profile", profile, profileMembers); err != nil {
		return err
	}
	for m := range jsonmembers.Of(profile) {
		allowed := routeMembers
		switch name := m.Text(); name {
		case "$schema", "$comment", "version", "envelope":
			continue
		case "states":
			allowed = nil
		case "signature":
			allowed = signatureMembers
		}
		if err := checkNames(m.Text(), m.Value, allowed); err != nil {
			return err
		}
	}
	return nil
}

// checkNames takes any name where allowed is nil.
func checkNames(where string, object []byte, allowed []string) error {
	seen := map[string]bool{}
	for m := range jsonmembers.Of(object) {
		name := m.Text()
		switch {
		case allowed != nil && !slices.Contains(allowed, name):
			return fmt.Errorf("%s has no member %q: it has %s%s", where, shownName(name), strings.Join(allowed, ", "), sameInAnotherCase(name, allowed))
		case seen[name]:
			return fmt.Errorf("%s has the member %q twice: take one out", where, shownName(name))
		}
		seen[name] = true
	}
	return nil
}

func sameInAnotherCase(name string, allowed []string) string {
	for _, a := range allowed {
		if strings.EqualFold(a, name) {
			return "; did you mean " + a + "?"
		}
	}
	return ""
}

// wrongKind says which member has a value of another kind than it takes.
func wrongKind(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field != "" {
		return fmt.Errorf("%s is a JSON %s, and has to be a %s", kind.Field, kind.Value, kind.Type.Kind())
	}
	return fmt.Errorf("the profile: %w", err)
}

// MarshalJSON writes the template as the JSON that it is. It fails for one that is none.
func (t Template) MarshalJSON() ([]byte, error) {
	if !json.Valid([]byte(t)) {
		return nil, errors.New("a profile's template is no JSON")
	}
	return []byte(t), nil
}

// UnmarshalJSON keeps the template's text. It never fails.
func (t *Template) UnmarshalJSON(data []byte) error {
	*t = Template(data)
	return nil
}
