// Command ours is the smallest client with this SDK that the API can accept: it signs.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/fypass/coreapi-go"
)

func main() {
	key, err := coreapi.ParsePrivateKey([]byte(os.Getenv("PRIVATE_KEY")))
	if err != nil {
		panic(err)
	}
	client, err := coreapi.New("https://api.example.com", coreapi.SignedClientKey("key", key))
	if err != nil {
		panic(err)
	}
	info, err := client.Clients.Info(context.Background())
	fmt.Println(info, err)
}
