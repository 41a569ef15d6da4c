-- A check behind nothing would not be watched.
return scenario {
  topology = { nodes = 3 },
  always   = { checks.no_zombies {}, nil, checks.no_empty_service {} },
  story    = function(w) wait(s(1)) end,
}
