-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  always = function() while true do end end,
  story = function(w)
    wait(s(1))
  end,
}
