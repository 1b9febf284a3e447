// Command ours-profile is ours with a profile, which links the templates.
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
	profile, err := coreapi.LoadProfile("profile.json")
	if err != nil {
		panic(err)
	}
	client, err := coreapi.New("https://api.example.com", coreapi.SignedClientKey("key", key), coreapi.WithProfile(profile))
	if err != nil {
		panic(err)
	}
	info, err := client.Clients.Info(context.Background())
	fmt.Println(info, err)
}
