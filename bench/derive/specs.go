// Reads, classifies and prints back every spec below a folder with azldev's own library; built inside its module by `go build -overlay`.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/microsoft/azure-linux-dev-tools/internal/rpm/spec"
)

func main() {
	read, lines, printed := 0, 0, 0
	filepath.Walk(os.Args[1], func(path string, info os.FileInfo, err error) error {
		if err != nil || !strings.HasSuffix(path, ".spec") {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		opened, err := spec.OpenSpec(bytes.NewReader(content))
		if err != nil {
			return err
		}
		opened.Visit(func(*spec.Context) error { lines++; return nil })
		var out bytes.Buffer
		opened.Serialize(&out)
		read, printed = read+1, printed+out.Len()
		return nil
	})
	fmt.Println(read, lines, printed)
}
