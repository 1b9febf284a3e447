package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// faultJSON is a coreapitest.Fault on the wire.
type faultJSON struct {
	Operation   string       `json:"operation"`
	Skip        int          `json:"skip"`
	Times       int          `json:"times"`
	Code        coreapi.Code `json:"code"`
	Message     string       `json:"message"`
	Status      int          `json:"status"`
	RetryAfter  headerText   `json:"retryAfter"`
	Body        string       `json:"body"`
	ContentType string       `json:"contentType"`
	Delay       delay        `json:"delay"`
	After       bool         `json:"after"`
	Drop        drop         `json:"drop"`
	Truncate    bool         `json:"truncate"`
}

func (f faultJSON) fault() coreapitest.Fault {
	return coreapitest.Fault{
		Operation: f.Operation, Skip: f.Skip, Times: f.Times,
		Code: f.Code, Message: f.Message, Status: f.Status, RetryAfter: string(f.RetryAfter),
		Body: f.Body, ContentType: f.ContentType,
		Delay: time.Duration(f.Delay), After: f.After, Drop: coreapitest.Drop(f.Drop), Truncate: f.Truncate,
	}
}

// parseFaults reads one fault, or a list of them.
func parseFaults(data []byte) ([]coreapitest.Fault, error) {
	var list []faultJSON
	var err error
	if content := bytes.TrimLeft(data, " \t\r\n"); len(content) > 0 && content[0] == '[' {
		err = decodeStrict(data, &list)
	} else {
		list = make([]faultJSON, 1)
		err = decodeStrict(data, &list[0])
	}
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errors.New("the list has no fault: pass at least one")
	}
	faults := make([]coreapitest.Fault, len(list))
	for i := range list {
		faults[i] = list[i].fault()
	}
	return faults, nil
}

// delay is a Go duration such as "2s", or a number of milliseconds.
type delay time.Duration

// UnmarshalJSON refuses anything else.
func (d *delay) UnmarshalJSON(data []byte) error {
	var milliseconds uint32
	if json.Unmarshal(data, &milliseconds) == nil {
		*d = delay(time.Duration(milliseconds) * time.Millisecond)
		return nil
	}
	var text string
	if json.Unmarshal(data, &text) == nil {
		if parsed, err := time.ParseDuration(text); err == nil {
			*d = delay(parsed)
			return nil
		}
	}
	return fmt.Errorf(`the delay %s is none: pass one such as "2s", or milliseconds`, shown(string(data)))
}

// drop is "before" or "after", in any letter case; null and "" are none.
type drop coreapitest.Drop

// UnmarshalJSON refuses anything else.
func (d *drop) UnmarshalJSON(data []byte) error {
	drops := map[string]coreapitest.Drop{
		"":       coreapitest.DropNone,
		"before": coreapitest.DropBefore,
		"after":  coreapitest.DropAfter,
	}
	var text string // null leaves it empty
	if json.Unmarshal(data, &text) == nil {
		if found, ok := drops[strings.ToLower(text)]; ok {
			*d = drop(found)
			return nil
		}
	}
	return fmt.Errorf(`the drop %s is none: pass "before" or "after"`, shown(string(data)))
}

// headerText is a string, or a number as its text.
type headerText string

// UnmarshalJSON refuses anything else.
func (h *headerText) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*h = headerText(text)
		return nil
	}
	var number json.Number
	if err := json.Unmarshal(data, &number); err != nil {
		return fmt.Errorf(`the retryAfter %s is none: pass seconds, or a string`, shown(string(data)))
	}
	*h = headerText(number.String())
	return nil
}
