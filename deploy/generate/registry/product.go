package registry

import (
	"fmt"
	"go/token"
	"regexp"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/deploy/generate/output"
)

// productsFile lists the products of the local cloud.
const productsFile = "test/cloud/products.go"

var productForm = regexp.MustCompile(`^[a-z][a-z0-9]{1,19}$`)

// ValidProduct tells what keeps a name from naming a product: a folder, a package, and what
// RAM actions begin with have it.
func ValidProduct(name string) error {
	if !productForm.MatchString(name) || token.IsKeyword(name) {
		return fmt.Errorf("%q is not 2 to 20 small letters and digits, such as kms", name)
	}
	if name == "kernel" || name == "testdata" {
		return fmt.Errorf("test/cloud/%s is no product", name)
	}
	return nil
}

// Products are the names of the products of the local cloud that have a folder, sorted: a
// folder of test/cloud is one if it holds a service.go.
func Products(root string) ([]string, error) {
	return folders(root, "test/cloud", "service", ValidProduct)
}

func products(names []string) string {
	var b strings.Builder
	b.WriteString(output.Header + "package cloud\n\nimport (\n")
	for _, name := range slices.Sorted(slices.Values(append([]string{"kernel"}, names...))) {
		b.WriteString("\t\"" + module + "/test/cloud/" + name + "\"\n")
	}
	b.WriteString(`)

// addProducts adds every product that has a folder. Those that are there already stay.
func addProducts(k *kernel.Cloud) {
`)
	for _, name := range names {
		b.WriteString("\tkernel.Of(k, " + name + ".New)\n")
	}
	b.WriteString("}\n")
	return b.String()
}
