package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/signature"
)

// profileFile is a profile and the file that it came from.
type profileFile struct {
	path string // absolute; "": there is none
	coreapi.Profile
}

// openProfileFile reads a profile. Without a file it is the default.
func openProfileFile(name string) (profileFile, error) {
	if name == "" {
		return profileFile{Profile: coreapi.DefaultProfile()}, nil
	}
	profile, err := coreapi.LoadProfile(name)
	if err != nil {
		return profileFile{}, fmt.Errorf("the profile %w", sdkCause(err)) // which begins with the file's name
	}
	profile.Version = cmp.Or(profile.Version, coreapi.DefaultProfile().Version)
	path, err := filepath.Abs(name)
	return profileFile{path, profile}, err
}

// hasNumber tells whether one of the templates has a name as a number.
func hasNumber(name string, templates ...coreapi.Template) bool {
	return slices.ContainsFunc(templates, func(t coreapi.Template) bool {
		return strings.Contains(string(t), `"{`+name+`:number}"`)
	})
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
