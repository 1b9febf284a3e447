package coreapi_test

import (
	"context"
	"time"

	"github.com/fypass/coreapi-go"
)

// operationCall is one operation, and an answer that has what it is for.
type operationCall struct {
	call    func(*coreapi.Client) error
	success string
}

var operationCalls = map[string]operationCall{
	"Users.Login": {func(c *coreapi.Client) error {
		_, err := c.Users.Login(context.Background(), coreapi.LoginRequest{Email: "ana@example.com", Password: "p4ssword"})
		return err
	}, `{"state":"succeeded","userToken":"t","userId":"u"}`},
	"Users.StartLogin": {func(c *coreapi.Client) error {
		_, err := c.Users.StartLogin(context.Background())
		return err
	}, `{"reqToken":"r","url":"https://login.example.com/?reqToken=r"}`},
	"Users.LoginStatus": {func(c *coreapi.Client) error {
		_, err := c.Users.LoginStatus(context.Background(), "reqtoken")
		return err
	}, `{"state":"pending"}`},
	"Users.WaitForLogin": {func(c *coreapi.Client) error {
		_, err := c.Users.WaitForLogin(context.Background(), "reqtoken", coreapi.WithTimeout(time.Minute))
		return err
	}, `{"state":"succeeded","userToken":"t"}`},
	"Devices.Save": {func(c *coreapi.Client) error {
		_, err := c.Devices.Save(context.Background(), coreapi.DeviceInfo{DeviceID: "phone-1"})
		return err
	}, `{"id":"d1","deviceId":"phone-1"}`},
	"Devices.Get": {func(c *coreapi.Client) error {
		_, err := c.Devices.Get(context.Background(), "d1")
		return err
	}, `{"id":"d1"}`},
	"Clients.Info": {func(c *coreapi.Client) error {
		_, err := c.Clients.Info(context.Background())
		return err
	}, `{"id":"c1"}`},
}
