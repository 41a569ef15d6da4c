-- Wrong on purpose.
return scenario {
  params = { nodes = { 3 } },
  topology = { nodes = 3 },
  story = function() wait(s(1)) end,
}
