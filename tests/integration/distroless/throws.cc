// Throws through two libraries: the one that unwinds, and the one that prints.
#include <iostream>
#include <stdexcept>

int main() {
    try {
        throw std::runtime_error("thrown");
    } catch (const std::exception &error) {
        std::cout << "caught: " << error.what() << std::endl;
    }
}
