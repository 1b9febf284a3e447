// Command gitlab is the smallest client with GitLab's SDK.
package main

import (
	"fmt"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

func main() {
	client, err := gitlab.NewClient("key")
	if err != nil {
		panic(err)
	}
	user, _, err := client.Users.CurrentUser()
	fmt.Println(user, err)
}
