// The program: arguments in, a command runs, its exit code out.
#include <string>
#include <vector>

#include "app/command.h"

int main(int count, char** values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  return vedette::app::run_program(arguments);
}
