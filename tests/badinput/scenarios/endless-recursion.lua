-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    local function again(n) return 1 + again(n + 1) end
    again(0)
  end,
}
