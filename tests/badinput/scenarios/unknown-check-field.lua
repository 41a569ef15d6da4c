-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  always = { checks.no_zombies { graec = s(5) } },
  story = function(w)
    wait(s(1))
  end,
}
