--
-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w) w:chaos { for_ = s(10), heal = "cor" } end,
}
