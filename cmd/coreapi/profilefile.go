package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/signature"
)

// maxProfile is far over any profile, in bytes.
const maxProfile = 1 << 20

// loadProfile reads the version and the signature's form from a profile's file. Its
// other members are passed over. Without a file it is the default.
func loadProfile(file string) (coreapi.Profile, error) {
	if file == "" {
		return coreapi.DefaultProfile(), nil
	}
	data, err := readAtMost(file, maxProfile)
	if err != nil {
		return coreapi.Profile{}, fmt.Errorf("the profile cannot be read: %w", shownPath(err))
	}
	profile, err := parseProfile(data)
	if err != nil {
		return coreapi.Profile{}, fmt.Errorf("the profile %s: %w", shown(file), err)
	}
	return profile, nil
}

// profileFile is a profile and the file that it came from.
type profileFile struct {
	path string // absolute; "": there is none
	coreapi.Profile
}

// openProfileFile is loadProfile for who has to name the file later.
func openProfileFile(name string) (profileFile, error) {
	profile, err := loadProfile(name)
	if err != nil || name == "" {
		return profileFile{Profile: profile}, err
	}
	// The SDK judges: what it refuses is never sent.
	if _, err := coreapi.New("http://localhost", coreapi.ClientKey("key"), coreapi.WithProfile(profile)); err != nil {
		return profileFile{}, fmt.Errorf("the profile %s: %w", shown(name), sdkCause(err))
	}
	path, err := filepath.Abs(name)
	return profileFile{path, profile}, err
}

// parseProfile fills in the defaults.
func parseProfile(data []byte) (coreapi.Profile, error) {
	profile := coreapi.DefaultProfile()
	var members map[string]json.RawMessage
	if err := decodeStrict(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")), &members); err != nil {
		return profile, err
	}
	if members == nil {
		return profile, errors.New(`it is null: pass an object such as {"version": "1.0.0"}`)
	}
	var form map[string]json.RawMessage
	known := []profileMember{{"version", &profile.Version, "a text"}, {"signature", &form, `an object such as {"padding": "pss"}`}}
	for name := range members {
		for _, m := range known {
			if name != m.name && strings.EqualFold(name, m.name) {
				return profile, fmt.Errorf(`the member "%s" is written "%s"`, shown(name), m.name)
			}
		}
	}
	if err := readMembers(members, known); err != nil {
		return profile, err
	}
	var err error
	profile.Signature, err = parseSignature(form)
	return profile, err
}

// parseSignature is strict: a member that nobody reads would be a switch that does
// nothing.
func parseSignature(members map[string]json.RawMessage) (coreapi.Signature, error) {
	var s coreapi.Signature
	known := []profileMember{
		{"padding", &s.Padding, "a text"},
		{"encoding", &s.Encoding, "a text"},
		{"endpoint", &s.Endpoint, "a text"},
		{"noBody", &s.NoBody, "a text"},
		{"style", &s.Style, "a text"},
		{"sortKeys", &s.SortKeys, "true or false"},
	}
	for name := range members {
		if !slices.ContainsFunc(known, func(m profileMember) bool { return m.name == name }) {
			return s, fmt.Errorf(`"signature" has the unknown member "%s": its members are padding, encoding, endpoint, noBody, style, sortKeys`, shown(name))
		}
	}
	if err := readMembers(members, known); err != nil {
		return s, fmt.Errorf(`"signature": %w`, err)
	}
	return s, signatureOptions(s).Check()
}

// profileMember is a member of the file, where its value goes, and what it is.
type profileMember struct {
	name string
	to   any
	kind string
}

// readMembers reads those that are there.
func readMembers(members map[string]json.RawMessage, known []profileMember) error {
	for _, m := range known {
		value, ok := members[m.name]
		switch {
		case !ok:
		case string(value) == "null":
			return fmt.Errorf(`"%s" is null: leave it out for the default`, m.name)
		case json.Unmarshal(value, m.to) != nil:
			return fmt.Errorf(`"%s" is not %s`, m.name, m.kind)
		}
	}
	return nil
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
