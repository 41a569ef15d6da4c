-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    after(hours(1), function() end)
    wait(s(1))
  end,
}
