-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  always = { checks.no_zombie { grace = s(5) } },
  story = function(w)
    wait(s(1))
  end,
}
