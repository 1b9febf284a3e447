// Command go-github is the smallest client with Google's SDK for GitHub.
package main

import (
	"context"
	"fmt"

	"github.com/google/go-github/v92/github"
)

func main() {
	client, err := github.NewClient(github.WithAuthToken("key"))
	if err != nil {
		panic(err)
	}
	user, _, err := client.Users.Get(context.Background(), "")
	fmt.Println(user, err)
}
