package wire

import "strings"

// Faults is everything that is wrong with a Source, each with its place: "Login.body.user.mail
// has the unknown name {emial}: did you mean {email}?". The routes come in the order of a
// Source's fields.
type Faults []string

// Error is one line.
func (f Faults) Error() string { return strings.Join(f, "; ") }

// maxFaults is how many Compile returns: nobody reads more.
const maxFaults = 100

// add puts the place before an error that begins with a verb.
func (f *Faults) add(place string, err error) { *f = append(*f, place+" "+err.Error()) }
