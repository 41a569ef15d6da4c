-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
}
