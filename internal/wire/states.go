package wire

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// The states of a login.
const (
	Pending   = "pending"
	Succeeded = "succeeded"
	Failed    = "failed"
)

// states are the API's words for them.
type states struct {
	ofWord map[string]string
	words  map[string]string // the first word, in order, of each state
}

func compileStates(given map[string]string, routes []*CompiledRoute, faults *Faults) states {
	s := states{ofWord: maps.Clone(given), words: map[string]string{}}
	if len(given) == 0 {
		s.ofWord = map[string]string{Pending: Pending, Succeeded: Succeeded, Failed: Failed}
	}
	for _, word := range slices.Sorted(maps.Keys(s.ofWord)) {
		state := s.ofWord[word]
		if word == "" {
			faults.add("States", errors.New("has an empty word: leave it out"))
		}
		if state != Pending && state != Succeeded && state != Failed {
			faults.add(joinPlace("States", step(word)), fmt.Errorf("is mapped to %q, which is no state: write %q, %q or %q", shown(state), Pending, Succeeded, Failed))
		}
		if s.words[state] == "" {
			s.words[state] = word
		}
	}
	for _, r := range routes {
		if s.words[Succeeded] == "" && r.result != nil && r.result.names.has(State) {
			faults.add("States", fmt.Errorf("has no word for %q, and %s has {state}: map one to it", Succeeded, r.result.label))
			break
		}
	}
	return s
}

// State is what the API's word stands for: Pending, Succeeded or Failed.
func (w *Wire) State(word string) (state string, ok bool) {
	state, ok = w.states.ofWord[word]
	return state, ok
}

// Word is the API's word for a state: the first in order, where there are several.
func (w *Wire) Word(state string) (word string, ok bool) {
	word, ok = w.states.words[state]
	return word, ok
}

// unknownWord says that a word at a place is no state. It may be anything, so that only a
// plain one is shown.
func unknownWord(word, place string) error {
	if isPlainWord(word) {
		return responseError("the state %q at %s is none that the SDK knows: map it in the profile's States", word, place)
	}
	return responseError("the state at %s is a word that the SDK does not know: map it in the profile's States", place)
}
