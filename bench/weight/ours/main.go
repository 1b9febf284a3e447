// Command ours is the smallest client with this SDK.
package main

import (
	"context"
	"fmt"

	"github.com/fypass/coreapi-go"
)

func main() {
	client, err := coreapi.New("https://api.example.com", coreapi.ClientKey("key"))
	if err != nil {
		panic(err)
	}
	info, err := client.Clients.Info(context.Background())
	fmt.Println(info, err)
}
