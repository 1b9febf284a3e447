package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/fypass/coreapi-go/internal/printable"
)

// done is the answer of an endpoint that has nothing to tell.
type done struct {
	Done bool `json:"done"`
}

// change is what a program sends to change the fake. A mistake in it is an error, or
// coreapitest's panic.
type change interface {
	on(*coreapitest.Server) error
}

// scripted makes a control that takes a change as JSON.
func scripted[C change](b *sandbox) control {
	return func(body []byte) (any, error) {
		var c C
		if err := decodeStrict(body, &c); err != nil {
			return nil, err
		}
		var err error
		if mistake := mistakeOf(func() { err = c.on(b.current.Load().Server) }); mistake != nil {
			err = mistake
		}
		return done{err == nil}, err
	}
}

type completeLogin struct {
	ReqToken coreapi.Secret `json:"reqToken"`
	Account  string         `json:"account"` // an email or a WhatsApp number
}

func (in completeLogin) on(s *coreapitest.Server) error {
	s.CompleteLogin(in.ReqToken, in.Account)
	return nil
}

type cancelLogin struct {
	ReqToken coreapi.Secret `json:"reqToken"`
}

func (in cancelLogin) on(s *coreapitest.Server) error {
	s.CancelLogin(in.ReqToken)
	return nil
}

type failLogin struct {
	ReqToken coreapi.Secret `json:"reqToken"`
	Code     coreapi.Code   `json:"code"`
}

func (in failLogin) on(s *coreapitest.Server) error {
	if len(in.Code) > printable.MaxIdentifier { // it is kept
		return fmt.Errorf("the code is over %d bytes", printable.MaxIdentifier)
	}
	s.FailLogin(in.ReqToken, in.Code)
	return nil
}

type clientStatus struct {
	Status coreapitest.Status `json:"status"`
}

func (in clientStatus) on(s *coreapitest.Server) error {
	s.SetClientStatus(inLowerCase(in.Status))
	return nil
}

type userStatus struct {
	Account string             `json:"account"`
	Status  coreapitest.Status `json:"status"`
}

func (in userStatus) on(s *coreapitest.Server) error {
	s.SetUserStatus(in.Account, inLowerCase(in.Status))
	return nil
}

type requireToken struct {
	Operation string `json:"operation"`
}

func (in requireToken) on(s *coreapitest.Server) error {
	if in.Operation == "" {
		return errors.New(`the operation is missing: pass one such as "Devices.Get"`)
	}
	s.RequireUserToken(in.Operation)
	return nil
}

// inLowerCase takes a status in any letter case.
func inLowerCase(st coreapitest.Status) coreapitest.Status {
	return coreapitest.Status(strings.ToLower(string(st)))
}
