// Command godo is the smallest client with DigitalOcean's SDK.
package main

import (
	"context"
	"fmt"

	"github.com/digitalocean/godo"
)

func main() {
	client := godo.NewFromToken("key")
	account, _, err := client.Account.Get(context.Background())
	fmt.Println(account, err)
}
