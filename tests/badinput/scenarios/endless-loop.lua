-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    local n = 0
    while true do n = n + 1 end
  end,
}
